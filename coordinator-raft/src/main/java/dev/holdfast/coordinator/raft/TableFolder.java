// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * Where the tables are: {@code CURRENT} names the live one, {@code table-N}; {@code snapshot} is
 * the only folder that Ratis moves files into. So an installed snapshot replaces the live table by
 * one durable rename of {@code CURRENT}.
 */
final class TableFolder {
  private static final String CURRENT = "CURRENT";
  private static final String TABLE_PREFIX = "table-";
  private static final String COPY_SUFFIX = ".mdb";

  private final Path root;
  private final InstantSource clock;

  /**
   * @param clock numbers the tables that arrive: each is newer than those before
   */
  TableFolder(Path root, InstantSource clock) {
    this.root = root;
    this.clock = clock;
  }

  Path snapshotFolder() {
    return root.resolve("snapshot");
  }

  Path receivingFolder() {
    return root.resolve("receiving");
  }

  static boolean exists(Path root) {
    return Files.exists(root.resolve(CURRENT));
  }

  /** Opens the live table; the first time an empty one. Leftovers of crashes are removed. */
  LmdbTable open() throws IOException {
    Files.createDirectories(root);
    Path pointer = root.resolve(CURRENT);
    if (!Files.exists(pointer)) {
      Files.createDirectories(root.resolve(TABLE_PREFIX + 0));
      point(0);
    }
    Path live = root.resolve(Files.readString(pointer).strip());
    for (Path path : children(root)) {
      String name = String.valueOf(path.getFileName());
      if (name.startsWith(TABLE_PREFIX) && !path.equals(live)) {
        Folders.delete(path);
      }
    }
    Folders.delete(receivingFolder());
    Files.createDirectories(receivingFolder());
    Files.createDirectories(snapshotFolder());
    return new LmdbTable(live);
  }

  private void point(long number) throws IOException {
    DurableFiles.replace(
        root.resolve(CURRENT), (TABLE_PREFIX + number).getBytes(StandardCharsets.UTF_8));
  }

  /** The file that is named for a state, in the folder that Ratis sends from. */
  Path copyFile(TermIndex state) {
    return snapshotFolder().resolve(state.getTerm() + "_" + state.getIndex() + COPY_SUFFIX);
  }

  /** Snapshot files with the log index that they cover. */
  List<Copy> copies() throws IOException {
    List<Copy> copies = new ArrayList<>();
    for (Path path : children(snapshotFolder())) {
      String name = String.valueOf(path.getFileName());
      if (name.endsWith(COPY_SUFFIX)) {
        long index =
            Long.parseLong(
                name.substring(name.indexOf('_') + 1, name.length() - COPY_SUFFIX.length()));
        copies.add(new Copy(path, index));
      }
    }
    return copies;
  }

  record Copy(Path file, long index) {}

  /** Makes a received copy the live table. Durable when this returns; the old one stays open. */
  LmdbTable adopt(Copy copy) throws IOException {
    long number = clock.millis();
    Path target = root.resolve(TABLE_PREFIX + number);
    Files.createDirectories(target);
    Files.copy(copy.file(), target.resolve("data.mdb"));
    Folders.syncTree(target);
    LmdbTable table = new LmdbTable(target);
    try {
      table.verify();
    } catch (RuntimeException e) {
      table.close();
      throw new IOException(copy.file() + " did not arrive as it was written", e);
    }
    if (table.meta().index() != copy.index()) {
      table.close();
      throw new IOException(
          copy.file() + " covers index " + table.meta().index() + ", not " + copy.index());
    }
    point(number);
    return table;
  }

  private static List<Path> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }
}
