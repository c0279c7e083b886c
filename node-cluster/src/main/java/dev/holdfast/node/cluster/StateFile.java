// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The agreed state of a cluster in a file: a line an entry, a head with the revision, the base and
 * the number of entries, and a foot with the SHA-256 of all lines before it. JSON lines, so that an
 * operator can look at it. {@link StateFileCheck} reads one whole before anything is taken from it.
 */
final class StateFile {
  static final int FORMAT = 1;
  static final JsonMapper JSON = JsonMapper.builder().build();

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
          Keys.STARTS,
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
    private final MessageDigest sha = Sha256.digest();
    private long entries;
    private @Nullable EntryKey last;
    private boolean sorted = true;

    Writer(Path file) throws IOException {
      out = Files.newBufferedWriter(file);
    }

    void entry(EntryKey key, byte[] value) throws IOException {
      ObjectNode line = JSON.createObjectNode();
      line.put("key", key.value());
      line.put("value", Base64.getEncoder().encodeToString(value));
      sorted &= last == null || key.compareTo(last) > 0;
      last = key;
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
      line.put("sorted", sorted);
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

  /** The entries of a file that was checked. */
  static final class Reader implements AutoCloseable {
    private final StateLines in;
    private @Nullable Line ahead;
    private boolean ended;

    Reader(Path file) throws IOException {
      in = new StateLines(Files.newInputStream(file));
    }

    /** At most so many entries, and so many bytes but for a single one; empty at the end. */
    List<Line> next(int countMax, int bytesMax) throws IOException {
      List<Line> lines = new ArrayList<>();
      int bytes = 0;
      while (lines.size() < countMax) {
        Line line = ahead == null ? read() : ahead;
        ahead = null;
        if (line == null) {
          break;
        }
        bytes += line.value().length() + 100;
        if (bytes > bytesMax && !lines.isEmpty()) {
          ahead = line;
          break;
        }
        lines.add(line);
      }
      return lines;
    }

    private @Nullable Line read() throws IOException {
      byte[] line = ended ? null : in.next();
      JsonNode node = line == null ? JSON.missingNode() : JSON.readTree(line);
      ended = !node.has("key");
      return ended
          ? null
          : new Line(
              node.path("key").asString(""),
              Bytes.wrap(Base64.getDecoder().decode(node.path("value").asString(""))));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
