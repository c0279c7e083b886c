// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Unpacks a plugin's zip into an empty folder. Every entry is judged before the first byte is
 * written: nothing outside the folder, no links or special files, no name twice on any file system,
 * and no more bytes than the limits and the entry itself say. Source: OWASP ASVS 5.2 and 5.3.
 */
final class PluginZip {
  /** Of the zip itself. */
  static final long MAX_ZIP_BYTES = 128L << 20;

  static final int MAX_ENTRIES = 2_000;

  /** Of one file, unpacked. */
  static final long MAX_FILE_BYTES = 128L << 20;

  /** Of all files, unpacked. */
  static final long MAX_TOTAL_BYTES = 256L << 20;

  /** Unpacked to packed, of files above {@link #RATIO_FROM_BYTES}. */
  static final long MAX_RATIO = 100;

  static final long RATIO_FROM_BYTES = 1L << 20;
  private static final int MAX_NAME_BYTES = 1_024;
  private static final int MAX_SEGMENT_BYTES = 255;
  private static final int MAX_PROBLEMS = 20;
  private static final Pattern DRIVE = Pattern.compile("^[A-Za-z]:.*");
  private static final Pattern CONTROL = Pattern.compile(".*\\p{Cntrl}.*", Pattern.DOTALL);

  /** The bits of a Unix mode that say what kind of file it is. */
  private static final int KIND = 0170000;

  private static final int REGULAR = 0100000;
  private static final int DIRECTORY = 0040000;

  private final List<PluginProblem> problems = new ArrayList<>();
  private final Map<String, String> paths = new HashMap<>();
  private final Set<String> files = new HashSet<>();
  private final Set<String> entryNames = new HashSet<>();
  private long totalBytes;

  private PluginZip() {}

  /**
   * When this returns, all files are fsynced; the folders are not.
   *
   * @param folder empty; after an exception it has to be deleted
   * @throws PluginRefusedException with every problem, up to a limit
   */
  static void unpack(Path zip, Path folder) throws PluginRefusedException, IOException {
    String name = String.valueOf(zip.getFileName());
    if (!Files.isRegularFile(zip)) {
      throw new PluginRefusedException(name, "There is no such file.");
    }
    if (Files.size(zip) > MAX_ZIP_BYTES) {
      throw new PluginRefusedException(name, "It has more than %d bytes.".formatted(MAX_ZIP_BYTES));
    }
    try {
      requireFewEntries(zip, name);
      try (ZipFile file = ZipFile.builder().setPath(zip).get()) {
        List<ZipArchiveEntry> entries = Collections.list(file.getEntries());
        new PluginZip().judge(entries);
        refuseTopFolder(entries);
        for (ZipArchiveEntry entry : entries) {
          write(file, entry, folder);
        }
      }
    } catch (ZipException | IllegalArgumentException e) {
      throw new PluginRefusedException(name, "It is not a readable zip: " + e.getMessage());
    }
  }

  /**
   * As sites make it that pack a whole folder: the plugin is in there, and not where it belongs.
   */
  private static void refuseTopFolder(List<ZipArchiveEntry> entries) throws PluginRefusedException {
    List<String> names = entries.stream().map(ZipArchiveEntry::getName).toList();
    String top = names.isEmpty() ? "" : names.get(0).split("/", 2)[0] + "/";
    if (names.contains(top + PluginDescriptor.FILE)
        && names.stream().allMatch(name -> name.startsWith(top))) {
      throw new PluginRefusedException(
          PluginDescriptor.FILE,
          "It lies in %s: pack the content of that folder, with plugin.yaml at the root of the zip."
              .formatted(top));
    }
  }

  /** Cheaply, before an object is made for each entry. */
  private static void requireFewEntries(Path zip, String name)
      throws IOException, PluginRefusedException {
    try (java.util.zip.ZipFile file = new java.util.zip.ZipFile(zip.toFile())) {
      if (file.size() > MAX_ENTRIES) {
        throw new PluginRefusedException(
            name, "It has %d entries, more than %d.".formatted(file.size(), MAX_ENTRIES));
      }
    }
  }

  private void judge(List<ZipArchiveEntry> entries) throws PluginRefusedException {
    for (ZipArchiveEntry entry : entries) {
      judgeName(entry);
      judgeKind(entry);
      judgeSize(entry);
    }
    for (String file : files) {
      if (paths.containsKey(file) && isParent(file)) {
        problem(file, "It is a file and a folder at once.");
      }
    }
    if (totalBytes > MAX_TOTAL_BYTES) {
      problem("zip", "Unpacked it has more than %d bytes.".formatted(MAX_TOTAL_BYTES));
    }
    if (!problems.isEmpty()) {
      throw new PluginRefusedException(problems.stream().limit(MAX_PROBLEMS).toList());
    }
  }

  private boolean isParent(String file) {
    return paths.keySet().stream().anyMatch(path -> path.startsWith(file + "/"));
  }

  private void judgeName(ZipArchiveEntry entry) {
    String name = entry.getName();
    String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    if (path.startsWith("/") || DRIVE.matcher(path).matches()) {
      problem(name, "The name is absolute.");
      return;
    }
    if (path.contains("\\") || CONTROL.matcher(path).matches() || isTooLong(path)) {
      problem(name, "The name has a backslash or a control character, or is too long.");
      return;
    }
    List<String> segments = List.of(path.split("/", -1));
    if (segments.stream().anyMatch(s -> s.isEmpty() || s.equals(".") || s.equals(".."))) {
      problem(name, "The name leads out of its folder or has an empty part.");
      return;
    }
    String folded = folded(path);
    if (!entryNames.add(folded)) {
      String other = paths.getOrDefault(folded, path);
      problem(
          name,
          other.equals(path)
              ? "It stands twice."
              : "It differs from '%s' in case only.".formatted(other));
      return;
    }
    if (!entry.isDirectory()) {
      files.add(folded);
    }
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      String part = path.substring(0, end);
      String other = paths.putIfAbsent(folded(part), part);
      if (other != null && !other.equals(part)) {
        problem(name, "'%s' differs from '%s' in case only.".formatted(part, other));
        return;
      }
    }
  }

  private void judgeKind(ZipArchiveEntry entry) {
    int kind = entry.getUnixMode() & KIND;
    if (kind != 0 && kind != REGULAR && kind != DIRECTORY) {
      problem(entry.getName(), "It is a symbolic link or a special file.");
    }
    if (entry.getGeneralPurposeBit().usesEncryption()) {
      problem(entry.getName(), "It is encrypted.");
    }
    if (entry.getMethod() != ZipArchiveEntry.STORED
        && entry.getMethod() != ZipArchiveEntry.DEFLATED) {
      problem(entry.getName(), "Its compression is neither 'stored' nor 'deflated'.");
    }
  }

  private void judgeSize(ZipArchiveEntry entry) {
    long size = entry.getSize();
    if (size < 0 || size > MAX_FILE_BYTES) {
      problem(entry.getName(), "Unpacked it has more than %d bytes.".formatted(MAX_FILE_BYTES));
      return;
    }
    totalBytes += size;
    if (size > RATIO_FROM_BYTES && size / Math.max(1, entry.getCompressedSize()) > MAX_RATIO) {
      problem(entry.getName(), "It is packed more than %d times.".formatted(MAX_RATIO));
    }
    if (entry.isDirectory() && size > 0) {
      problem(entry.getName(), "A folder has no bytes.");
    }
  }

  private static void write(ZipFile zip, ZipArchiveEntry entry, Path folder)
      throws IOException, PluginRefusedException {
    Path target = folder.resolve(entry.getName()).normalize();
    if (!target.startsWith(folder) || target.equals(folder)) {
      throw new IllegalStateException("Judged as inside the folder: " + entry.getName());
    }
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(parent(target));
    CRC32 crc = new CRC32();
    long written = 0;
    try (InputStream in = zip.getInputStream(entry);
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      byte[] buffer = new byte[64 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        written += read;
        if (written > entry.getSize()) {
          break; // Declared less than it has: refused below.
        }
        crc.update(buffer, 0, read);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
      out.force(true);
    }
    if (written != entry.getSize() || crc.getValue() != entry.getCrc()) {
      throw new PluginRefusedException(
          entry.getName(), "Its bytes do not match the size and checksum that the zip states.");
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new UncheckedIOException(
          new IOException("A path inside a folder has a parent: " + path));
    }
    return parent;
  }

  private static boolean isTooLong(String path) {
    return path.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES
        || List.of(path.split("/")).stream()
            .anyMatch(s -> s.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT_BYTES);
  }

  /** Equal for names that some file system takes for the same. */
  private static String folded(String path) {
    return Normalizer.normalize(path, Normalizer.Form.NFC)
        .toUpperCase(Locale.ROOT)
        .toLowerCase(Locale.ROOT);
  }

  private void problem(String file, String message) {
    problems.add(PluginProblem.of(Told.clip(file), message));
  }
}
