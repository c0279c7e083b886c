// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/**
 * Reads one object into what the user named: a regular file is replaced whole, a device, a pipe or
 * a socket is written to, and a link is followed, as {@code cp} does.
 */
final class FileTarget {
  private final ObjectsClient objects;
  private final InstantSource clock;
  private final boolean setId;
  private final ReadChoice choice;

  FileTarget(ObjectsClient objects, InstantSource clock, boolean setId, ReadChoice choice) {
    this.objects = objects;
    this.clock = clock;
    this.setId = setId;
    this.choice = choice;
  }

  /**
   * @param found the version that was read
   * @param setIdDropped whether the file was stored with bits that it did not get
   * @param fault why its mode and time were not set, or empty
   */
  record Done(long size, ObjectsClient.Found found, boolean setIdDropped, String fault) {}

  Done read(String key, Path file, LongConsumer moved) throws IOException, RefusedException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      return intoStream(key, file, moved);
    }
    if (Files.isSymbolicLink(file) && !Files.exists(file)) {
      throw new RefusedException(
          "a link to " + Files.readSymbolicLink(file) + ", which is not there");
    }
    return intoFile(key, Files.exists(file) ? file.toRealPath() : file, moved);
  }

  private Done intoStream(String key, Path file, LongConsumer moved)
      throws IOException, RefusedException {
    if (Files.isDirectory(file)) {
      throw new RefusedException("a folder of that name is in the way");
    }
    long[] size = new long[1];
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      ObjectsClient.Found found =
          objects.get(
              key,
              choice,
              out,
              n -> {
                size[0] += n;
                moved.accept(n);
              });
      return new Done(size[0], found, /* setIdDropped= */ false, "");
    }
  }

  private Done intoFile(String key, Path file, LongConsumer moved)
      throws IOException, RefusedException {
    AtomicReference<ObjectsClient.Found> read =
        new AtomicReference<>(new ObjectsClient.Found(Map.of(), "", "", ""));
    List<String> name = List.of(String.valueOf(file.getFileName()));
    try (SafeFolder folder = new SafeFolder(Objects.requireNonNull(file.getParent()), clock)) {
      folder.writeFile(
          name,
          out -> read.set(objects.get(key, choice, out, moved)),
          fresh -> {
            FileFacts.Stored found = FileFacts.stored(read.get().metadata());
            if (found.kind() == FileKind.FILE && found.facts().isPresent()) {
              wanted(found.facts().get()).applyTo(fresh);
            } else {
              folder.finishAsNew(fresh);
            }
          });
    }
    FileFacts.Stored found = FileFacts.stored(read.get().metadata());
    boolean dropped =
        found.facts().map(facts -> wanted(facts).mode() != facts.mode()).orElse(false);
    return new Done(Files.size(file), read.get(), dropped, found.fault());
  }

  private FileFacts wanted(FileFacts stored) {
    return setId ? stored : stored.withoutSetId();
  }
}
