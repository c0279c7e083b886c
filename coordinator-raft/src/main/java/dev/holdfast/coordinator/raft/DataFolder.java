// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Settings;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Voters.Member;
import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one node, with a marker that names its cluster, node and incarnation. A folder
 * without a marker must be empty; one with a foreign marker, or with half of its state gone, is
 * refused: a node that lost its vote or its log must come back as another incarnation (R2).
 */
final class DataFolder implements AutoCloseable {
  private static final String MARKER = "holdfast-raft.properties";
  private static final String FORMAT = "2";
  private static final String ANEW =
      "Move the whole folder away and start again: the node comes back as a new one, without a vote"
          + " until it has caught up.";

  private final Path root;
  private final Properties marker;
  private final FileChannel lockChannel;
  private final FileLock lock;

  private DataFolder(Path root, Properties marker, FileChannel lockChannel, FileLock lock) {
    this.root = root;
    this.marker = marker;
    this.lockChannel = lockChannel;
    this.lock = lock;
  }

  static DataFolder open(Settings settings) {
    Path root = settings.folder();
    try {
      Files.createDirectories(root);
      FileChannel channel =
          FileChannel.open(
              root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new CoordinatorFailedException(root + " is in use by another process");
      }
      try {
        DataFolder folder = new DataFolder(root, readMarker(root), channel, lock);
        folder.check(settings);
        folder.countStart(settings);
        return folder;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new CoordinatorFailedException(root + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null;
    }
  }

  private static Properties readMarker(Path root) throws IOException {
    Properties marker = new Properties();
    Path file = root.resolve(MARKER);
    if (Files.exists(file)) {
      marker.load(new StringReader(Files.readString(file)));
    }
    return marker;
  }

  /** Nothing was ever kept there, or all of it is gone. */
  static boolean isEmpty(Path root) {
    try {
      return Files.notExists(root) || content(root).isEmpty();
    } catch (IOException e) {
      throw new CoordinatorFailedException(root + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<Path> content(Path root) throws IOException {
    try (Stream<Path> children = Files.list(root)) {
      return children.filter(path -> !path.equals(root.resolve("lock"))).limit(3).toList();
    }
  }

  /**
   * This folder is an older copy of itself: it is refused from now on, also at the next start,
   * whose batches nobody has seen yet.
   */
  CoordinatorFailedException older() {
    try {
      marker.setProperty("older", "true");
      save();
    } catch (IOException e) {
      return new CoordinatorFailedException(olderText() + " This could not be noted: " + e, e);
    }
    return new CoordinatorFailedException(olderText());
  }

  private String olderText() {
    return root
        + " is older than what the other nodes have from this one: it was copied or restored, and lacks"
        + " what this node has promised since. "
        + ANEW
        + " Its objects are kept.";
  }

  private void check(Settings settings) throws IOException {
    if (marker.isEmpty()) {
      List<Path> foreign = content(root);
      if (!foreign.isEmpty()) {
        throw new CoordinatorFailedException(
            root + " has no marker and is not empty: " + foreign + ". " + ANEW);
      }
      return;
    }
    if (Boolean.parseBoolean(marker.getProperty("older"))) {
      throw new CoordinatorFailedException(olderText());
    }
    mustBe("format", FORMAT);
    mustBe("cluster", settings.clusterId());
    mustBe("node", settings.nodeId());
    mustBe("incarnation", settings.incarnation());
    boolean hasLog = hasVote();
    boolean hasTable = TableFolder.exists(tableFolder());
    if (wasStarted() && (!hasLog || !hasTable)) {
      throw new CoordinatorFailedException(
          root + " has lost its " + (hasLog ? "key table" : "Raft log and vote") + ". " + ANEW);
    }
  }

  private void mustBe(String key, String expected) {
    String found = marker.getProperty(key);
    if (!expected.equals(found)) {
      throw new CoordinatorFailedException(
          root
              + " belongs to "
              + key
              + " "
              + found
              + ", not to "
              + expected
              + ". Put the node's own folder back. Is it lost? "
              + ANEW);
    }
  }

  private boolean hasVote() throws IOException {
    if (!Files.isDirectory(logFolder())) {
      return false;
    }
    try (Stream<Path> tree = Files.walk(logFolder(), 3)) {
      return tree.anyMatch(path -> path.endsWith("current/raft-meta"));
    }
  }

  private void countStart(Settings settings) throws IOException {
    marker.setProperty("format", FORMAT);
    marker.setProperty("cluster", settings.clusterId());
    marker.setProperty("node", settings.nodeId());
    marker.setProperty("incarnation", settings.incarnation());
    marker.setProperty("starts", Long.toString(starts() + 1));
    if (!marker.containsKey("founders")) {
      marker.setProperty(
          "founders",
          String.join(
              ",",
              settings.founders().stream()
                  .map(m -> m.nodeId() + "|" + m.incarnation() + "|" + m.address())
                  .toList()));
    }
    save();
  }

  private void save() throws IOException {
    StringWriter text = new StringWriter();
    marker.store(text, null);
    DurableFiles.replace(root.resolve(MARKER), text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** From now on a missing log or table is a loss. */
  void started() throws IOException {
    if (!wasStarted()) {
      marker.setProperty("started", "true");
      save();
    }
  }

  boolean wasStarted() {
    return Boolean.parseBoolean(marker.getProperty("started"));
  }

  /** Times that this incarnation was started; rises before anything else happens. */
  long starts() {
    return Long.parseLong(marker.getProperty("starts", "0"));
  }

  /** Those that founded the cluster; empty when this node was added to one. */
  List<Member> founders() {
    String text = marker.getProperty("founders", "");
    return text.isEmpty()
        ? List.of()
        : Stream.of(text.split(",", -1))
            .map(line -> line.split("\\|", -1))
            .map(part -> new Member(part[0], part[1], part[2], true))
            .toList();
  }

  Path logFolder() {
    return root.resolve("log");
  }

  /** Where Ratis keeps the vote of a server in a group. */
  Path votesFolder(String group) {
    return logFolder().resolve(group).resolve("current");
  }

  Path tableFolder() {
    return root.resolve("table");
  }

  @Override
  public void close() {
    try {
      lock.release();
      lockChannel.close();
    } catch (IOException e) {
      throw new CoordinatorFailedException("The lock of " + root + " was not released", e);
    }
  }
}
