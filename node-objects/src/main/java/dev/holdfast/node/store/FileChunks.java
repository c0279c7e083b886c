package dev.holdfast.node.store;

import dev.holdfast.core.version.ChunkRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
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
  private final AtomicLong sequence = new AtomicLong();

  private FileChunks(Path folder, Path quarantine) {
    this.folder = folder;
    this.temp = folder.resolve("tmp");
    this.quarantine = quarantine;
  }

  static FileChunks open(Path folder, Path quarantine) throws IOException {
    FileChunks chunks = new FileChunks(folder, quarantine);
    Files.createDirectories(chunks.temp);
    try (Stream<Path> left = Files.list(chunks.temp)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    for (int i = 0; i < 256; i++) {
      Path fan = folder.resolve("%02x".formatted(i));
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
    } catch (IOException e) {
      for (Path file : written) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  Optional<byte[]> read(ChunkRef ref) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(path(ref)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  void quarantine(ChunkRef ref) throws IOException {
    Files.move(
        path(ref),
        quarantine.resolve(ref.hash().toHex() + "." + sequence.incrementAndGet()),
        StandardCopyOption.REPLACE_EXISTING);
    Folders.syncParent(path(ref));
  }

  private static String fan(ChunkRef ref) {
    return ref.hash().toHex().substring(0, 2);
  }

  private Path path(ChunkRef ref) {
    return folder.resolve(fan(ref)).resolve(ref.hash().toHex());
  }
}
