package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.spi.Bytes;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The agreed state of a cluster in a file: a head with the revision and the base, a line an entry,
 * and a foot with the number of entries and the SHA-256 of all lines before it. JSON lines, so that
 * an operator can look at it.
 */
final class StateFile {
  private static final int FORMAT = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What belongs to this cluster's nodes and to sessions, which do not move. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "cluster/",
          Keys.SESSIONS,
          Keys.ENDED,
          Keys.LOCKS,
          Keys.CLAIMS,
          Keys.WAITS,
          Keys.INCARNATIONS,
          Keys.STATS,
          Keys.LEASES,
          Keys.REMOVED);

  private StateFile() {}

  static boolean moves(String key) {
    return LEFT_OUT.stream().noneMatch(key::startsWith);
  }

  record Line(String key, Bytes value) {}

  /**
   * @param base above every revision and every token of the cluster that was exported
   * @param cluster its id; empty in a file that does not say
   */
  record Head(long revision, long base, String cluster) {}

  /**
   * A file that was checked.
   *
   * @param sha256 of its content, which names it
   */
  record Checked(Head head, long entries, String sha256) {}

  /** Writes one; the head goes last into a file of its own name, so nothing half is left. */
  static final class Writer implements AutoCloseable {
    private final BufferedWriter out;
    private final MessageDigest sha = sha();
    private long entries;

    Writer(Path file) throws IOException {
      out = Files.newBufferedWriter(file);
    }

    void entry(String key, byte[] value) throws IOException {
      ObjectNode line = JSON.createObjectNode();
      line.put("key", key);
      line.put("value", Base64.getEncoder().encodeToString(value));
      line(line);
      entries++;
    }

    /** The base is known only when all locks were seen, so this line comes after the entries. */
    void finish(Head head) throws IOException {
      ObjectNode line = JSON.createObjectNode();
      line.put("format", FORMAT);
      line.put("revision", head.revision());
      line.put("base", head.base());
      line.put("cluster", head.cluster());
      line.put("entries", entries);
      line(line);
      ObjectNode foot = JSON.createObjectNode();
      foot.put("sha256", HexFormat.of().formatHex(sha.digest()));
      out.write(JSON.writeValueAsString(foot) + "\n");
    }

    private void line(ObjectNode node) throws IOException {
      String text = JSON.writeValueAsString(node) + "\n";
      sha.update(text.getBytes(StandardCharsets.UTF_8));
      out.write(text);
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  /** Reads it whole and checks it; the entries are read once more by {@link Reader}. */
  static Checked check(Path file) throws IOException {
    MessageDigest sha = sha();
    @Nullable JsonNode head = null;
    long entries = 0;
    try (BufferedReader in = Files.newBufferedReader(file)) {
      String line;
      while ((line = in.readLine()) != null) {
        JsonNode node = parse(line);
        if (node.has("sha256")) {
          if (head == null || head.path("entries").asLong(-1) != entries || in.readLine() != null) {
            throw new IOException("it is not whole");
          }
          String sum = HexFormat.of().formatHex(sha.digest());
          if (!node.path("sha256").asString("").equals(sum)) {
            throw new IOException("its checksum is wrong");
          }
          return new Checked(
              new Head(
                  head.path("revision").asLong(0),
                  head.path("base").asLong(0),
                  head.path("cluster").asString("")),
              entries,
              sum);
        }
        if (node.has("format")) {
          if (node.path("format").asInt(0) != FORMAT) {
            throw new IOException("it has another format than " + FORMAT);
          }
          head = node;
        } else {
          entries++;
        }
        sha.update((line + "\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    throw new IOException("it ends early");
  }

  private static JsonNode parse(String line) throws IOException {
    try {
      return JSON.readTree(line);
    } catch (JacksonException e) {
      throw new IOException("it is no export of a cluster", e);
    }
  }

  /** The entries of a file that was checked. */
  static final class Reader implements AutoCloseable {
    private final BufferedReader in;

    Reader(Path file) throws IOException {
      in = Files.newBufferedReader(file);
    }

    /** At most so many entries, and so many bytes but for the last; empty at the end. */
    List<Line> next(int countMax, int bytesMax) throws IOException {
      List<Line> lines = new ArrayList<>();
      int bytes = 0;
      while (lines.size() < countMax && bytes < bytesMax) {
        String line = in.readLine();
        if (line == null) {
          break;
        }
        JsonNode node = parse(line);
        if (!node.has("key")) {
          break;
        }
        byte[] value = Base64.getDecoder().decode(node.path("value").asString(""));
        lines.add(new Line(node.path("key").asString(""), Bytes.wrap(value)));
        bytes += value.length + 100;
      }
      return lines;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private static MessageDigest sha() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }
}
