// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** One file for each chunk, in 256 folders. A file under its final name is complete and fsynced. */
final class FileChunks {
  private final Path folder;
  private final Path temp;
  private final Path quarantine;
  private final Path trash;
  private final AtomicLong sequence = new AtomicLong();

  private FileChunks(Path folder, Path quarantine, Path trash) {
    this.trash = trash;
    this.folder = folder;
    this.temp = folder.resolve("tmp");
    this.quarantine = quarantine;
  }

  static FileChunks open(Path folder, Path quarantine, Path trash) throws IOException {
    FileChunks chunks = new FileChunks(folder, quarantine, trash);
    Folders.make(trash);
    Files.createDirectories(chunks.temp);
    Folders.deleteAll(chunks.temp, _ -> true);
    for (int i = 0; i < 256; i++) {
      Path fan = chunks.fan(i);
      if (Files.isDirectory(fan)) {
        // A name made just before a crash may be visible and not yet durable.
        Folders.sync(fan);
      } else {
        Files.createDirectory(fan);
      }
    }
    Folders.sync(folder);
    Folders.syncParent(folder);
    return chunks;
  }

  boolean contains(ChunkRef ref) {
    return Files.exists(path(ref));
  }

  /** Whether the file is there, as long as the chunk. */
  boolean isWhole(ChunkRef ref) throws IOException {
    try {
      return Files.size(path(ref)) == ref.length();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  void put(List<Chunk> chunks) throws IOException {
    List<Path> written = new ArrayList<>();
    try {
      for (Chunk chunk : chunks) {
        Path file = temp.resolve(chunk.ref().hash().toHex() + "." + sequence.incrementAndGet());
        written.add(file);
        Folders.writeAndSync(file, chunk.bytes());
      }
      Map<String, Path> fans = new HashMap<>();
      for (int i = 0; i < chunks.size(); i++) {
        Path target = path(chunks.get(i).ref());
        Files.move(written.get(i), target, StandardCopyOption.ATOMIC_MOVE);
        fans.put(fan(chunks.get(i).ref()), target);
      }
      for (Path target : fans.values()) {
        Folders.syncParent(target);
      }
    } catch (IOException | RuntimeException e) {
      for (Path file : written) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  /** As they are, and no more than any chunk has. */
  Optional<byte[]> read(ChunkRef ref) throws IOException {
    try (InputStream in = Files.newInputStream(path(ref))) {
      return Optional.of(in.readNBytes(ChunkRef.LENGTH_MAX + 1));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Takes a damaged chunk away. Somebody may have put the right bytes in its place just now: what
   * turns out to be right goes back.
   */
  void moveAside(ChunkRef ref) throws IOException {
    Path aside = quarantine.resolve(ref.hash().toHex() + "." + sequence.incrementAndGet());
    try {
      Files.move(path(ref), aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return; // Another reader was faster.
    }
    if (isRight(ref, aside)) {
      Files.move(aside, path(ref), StandardCopyOption.ATOMIC_MOVE);
    }
    Folders.syncParent(path(ref));
  }

  private static boolean isRight(ChunkRef ref, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ref.hash().equals(Sha256.of(in.readNBytes(ChunkRef.LENGTH_MAX + 1)));
    } catch (IOException e) {
      if (Folders.isUnreadable(e)) {
        return false;
      }
      throw e;
    }
  }

  /** Its age there is that of the file. */
  boolean moveToTrash(ChunkRef ref, long atMillis) throws IOException {
    try {
      Files.setLastModifiedTime(path(ref), FileTime.fromMillis(atMillis));
      Files.move(path(ref), trashed(ref), StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (NoSuchFileException e) {
      return false; // Moved aside since it was listed.
    }
  }

  /** Durable when it returns, since a version may name it next. */
  void restore(ChunkRef ref) throws IOException {
    if (!contains(ref) && Files.exists(trashed(ref))) {
      try {
        Files.move(trashed(ref), path(ref), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException e) {
        return; // Another one was faster.
      }
      Folders.syncParent(path(ref));
    }
  }

  void remove(ChunkRef ref) throws IOException {
    Files.deleteIfExists(trashed(ref));
  }

  List<Trashed> trash() throws IOException {
    List<Trashed> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(trash)) {
      for (Path file : files.sorted().toList()) {
        Optional<ChunkRef> ref = ref(file);
        if (ref.isPresent()) {
          all.add(new Trashed(ref.get(), Files.getLastModifiedTime(file).toMillis()));
        }
      }
    }
    return all;
  }

  private Path trashed(ChunkRef ref) {
    return trash.resolve(ref.hash().toHex());
  }

  /** The chunks whose names begin with this octet, as far as files have the names of chunks. */
  List<ChunkRef> fanOf(int octet) throws IOException {
    List<ChunkRef> refs = new ArrayList<>();
    try (Stream<Path> files = Files.list(fan(octet))) {
      for (Path file : files.sorted().toList()) {
        ref(file).ifPresent(refs::add);
      }
    }
    return refs;
  }

  private static Optional<ChunkRef> ref(Path file) throws IOException {
    try {
      byte[] hash = HexFormat.of().parseHex(file.getFileName().toString());
      // A length that no such chunk has is damage too: the name alone says what it was.
      int length = Math.clamp(Files.size(file), ChunkStore.FILE_BYTES_MIN, ChunkRef.LENGTH_MAX);
      return Optional.of(new ChunkRef(ChunkRef.SHA_256, Bytes.wrap(hash), length));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // No chunk of ours: somebody put it there.
    } catch (NoSuchFileException e) {
      return Optional.empty(); // Moved aside since it was listed.
    }
  }

  private Path fan(int octet) {
    return folder.resolve("%02x".formatted(octet));
  }

  private static String fan(ChunkRef ref) {
    return ref.hash().toHex().substring(0, 2);
  }

  private Path path(ChunkRef ref) {
    return folder.resolve(fan(ref)).resolve(ref.hash().toHex());
  }
}
