package dev.holdfast.node.store;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The records and the chunks of this node, in one folder. */
public final class LocalStore implements AutoCloseable {
  private final NodeStore records;
  private final ChunkStore chunks;
  private final SpaceGuard space;
  private final Fatal fatal;

  private LocalStore(NodeStore records, ChunkStore chunks, SpaceGuard space, Fatal fatal) {
    this.fatal = fatal;
    this.records = records;
    this.chunks = chunks;
    this.space = space;
  }

  /**
   * Opens and recovers. Blocks for as long as the segments behind their marks take to read.
   *
   * @param folder for the store alone; made when it is missing
   * @param meter counts {@code chunks.corrupt}
   * @param onFatal told once when this process must end; nothing is acknowledged afterwards
   * @throws StoreFailedException when the folder is foreign, lost, or damaged
   */
  public static LocalStore open(
      Path folder,
      StoreIdentity identity,
      StoreSettings settings,
      Meter meter,
      Consumer<StoreFailedException> onFatal) {
    Fatal fatal = new Fatal(onFatal);
    try {
      Folders.make(folder);
    } catch (IOException e) {
      throw new StoreFailedException("Cannot make " + folder, e);
    }
    SpaceGuard space = new SpaceGuard(folder, settings);
    NodeStore records = NodeStore.open(folder.resolve("records"), identity, settings, space, fatal);
    try {
      ChunkStore chunks =
          ChunkStore.open(
              folder.resolve("chunks"), identity, settings, records, space, fatal, meter);
      space.load();
      return new LocalStore(records, chunks, space, fatal);
    } catch (RuntimeException e) {
      records.close();
      throw e;
    }
  }

  public NodeStore records() {
    return records;
  }

  public ChunkStore chunks() {
    return chunks;
  }

  public SpaceGuard space() {
    return space;
  }

  @Override
  public void close() {
    fatal.closing();
    records.close();
    chunks.close();
  }
}
