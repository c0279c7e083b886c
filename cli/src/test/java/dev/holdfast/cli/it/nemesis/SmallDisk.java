// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder on a small file system of its own, which can be filled. */
final class SmallDisk implements AutoCloseable {
  private static final String SIZE = "600m";

  private final Path folder;
  private final Path filler;

  SmallDisk(Path folder) {
    this.folder = folder;
    this.filler = folder.resolve("filler.log");
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Shell.must("mount -t tmpfs -o size=" + SIZE + " tmpfs " + folder);
  }

  /** Not a byte is left. */
  void fill() {
    try (OutputStream out = Files.newOutputStream(filler)) {
      for (int size = 1 << 20; size > 0; size /= 2) {
        fillWith(out, new byte[size]);
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot fill " + folder, e);
    }
  }

  private static void fillWith(OutputStream out, byte[] block) {
    while (true) {
      try {
        out.write(block);
      } catch (IOException e) {
        return; // no room for a block of this size
      }
    }
  }

  void free() {
    try {
      Files.deleteIfExists(filler);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot remove " + filler, e);
    }
  }

  @Override
  public void close() {
    Shell.must("umount -l " + folder);
  }
}
