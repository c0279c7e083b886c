// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where native code is unpacked before it is loaded: LMDB, and what calls it. The libraries take
 * the folder for temporary files by themselves, where each node that was killed leaves a file for
 * ever, and which may forbid to run anything. Here it is a folder of the node, emptied at each
 * start: the lock of the data folder keeps other processes out.
 */
public final class NativeLibraries {
  private static final List<String> PROPERTIES =
      List.of("lmdbjava.extract.dir", "jffi.extract.dir");

  /** One for the whole process, as the libraries are loaded once; null until a node chose it. */
  private static @Nullable Path chosen;

  private NativeLibraries() {}

  /**
   * Call before anything of LMDB is loaded.
   *
   * @param folder of the node, for this alone
   * @param temporary taken when nothing can be run from the folder
   * @throws DataFolderException when nothing can be run from either
   */
  public static synchronized void unpackIn(Path folder, Path temporary) {
    if (chosen != null && Files.isDirectory(chosen)) {
      return;
    }
    if (chosen == null && PROPERTIES.stream().anyMatch(name -> System.getProperty(name) != null)) {
      return; // The operator's choice.
    }
    Path place = choose(folder, temporary, NativeLibraries::allowsCode);
    PROPERTIES.forEach(name -> System.setProperty(name, place.toString()));
    chosen = place;
  }

  static Path choose(Path folder, Path temporary, Predicate<Path> allowsCode) {
    empty(folder);
    for (Path place : List.of(folder, temporary)) {
      if (allowsCode.test(place)) {
        return place;
      }
    }
    throw new DataFolderException(
        ("Native code (LMDB) can be run neither from %s nor from %s: both are mounted noexec. Name a"
                + " folder where it can: HOLDFAST_JVM_OPTS='-Djava.io.tmpdir=DIR'.")
            .formatted(folder, temporary));
  }

  private static void empty(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new DataFolderException("Cannot empty " + folder + ": " + e, e);
    }
  }

  /** On a file system that is mounted noexec, no file is executable, whatever its mode. */
  static boolean allowsCode(Path folder) {
    try {
      Path probe =
          Files.createTempFile(
              folder,
              "holdfast-probe",
              null,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try {
        return Files.isExecutable(probe);
      } finally {
        Files.delete(probe);
      }
    } catch (IOException e) {
      throw new DataFolderException("Cannot write to " + folder + ": " + e, e);
    }
  }
}
