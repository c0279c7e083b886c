// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The file that says whose folder it is. An unmounted disk looks like an empty folder, and a copied
 * one like our own: neither may be used.
 */
final class StoreMarker {
  private static final String NAME = "HOLDFAST-STORE";

  private StoreMarker() {}

  /**
   * @param mayBeNew false when other state says that this folder was filled before
   * @throws StoreFailedException when the folder is foreign, or lost its marker
   */
  static void guard(Path folder, StoreIdentity identity, boolean mayBeNew) {
    try {
      Path marker = folder.resolve(NAME);
      String expected = content(identity, identity.incarnation());
      if (Files.exists(marker)) {
        String found = Files.readString(marker, StandardCharsets.UTF_8);
        if (identity.formerly().stream().anyMatch(one -> found.equals(content(identity, one)))) {
          Folders.replace(marker, expected.getBytes(StandardCharsets.UTF_8));
        } else if (!found.equals(expected)) {
          throw new StoreFailedException(
              folder
                  + " belongs to another node or life of it ("
                  + found.strip().replace('\n', ' ')
                  + "). Give this node its own folder.",
              null);
        }
        return;
      }
      if (!mayBeNew || !isEmpty(folder)) {
        throw new StoreFailedException(
            folder + " has no " + NAME + " file: is its disk mounted? It is left as it is.", null);
      }
      Folders.make(folder);
      Folders.replace(marker, expected.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new StoreFailedException("Cannot read or mark " + folder, e);
    }
  }

  private static String content(StoreIdentity identity, String incarnation) {
    return "holdfast store 1\nnode=%s\nincarnation=%s\n".formatted(identity.nodeId(), incarnation);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    try (Stream<Path> files = Files.list(folder)) {
      // What a crash between the two steps of Folders.replace leaves.
      return files.allMatch(file -> file.getFileName().toString().equals(NAME + ".tmp"));
    }
  }
}
