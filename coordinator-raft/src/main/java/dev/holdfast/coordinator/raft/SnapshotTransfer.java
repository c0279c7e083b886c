// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.jspecify.annotations.Nullable;

/**
 * What Ratis sees of snapshots. The last checkpoint is the snapshot; files come into being only
 * when one is to be sent: an immutable copy, made in one read transaction while checkpoints wait.
 */
final class SnapshotTransfer implements StateMachineStorage {
  /** Copies that are kept, since another follower may be reading one. */
  private static final int COPIES_KEPT = 2;

  private final TableFolder folder;
  private final Checkpoint checkpoint;
  private final KeyTable table;

  SnapshotTransfer(TableFolder folder, Checkpoint checkpoint, KeyTable table) {
    this.folder = folder;
    this.checkpoint = checkpoint;
    this.table = table;
  }

  @Override
  public void init(RaftStorage storage) {}

  @Override
  public void format() {}

  @Override
  public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) {}

  @Override
  public File getSnapshotDir() {
    return folder.snapshotFolder().toFile();
  }

  @Override
  public File getTmpDir() {
    return folder.receivingFolder().toFile();
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    TermIndex durable = checkpoint.durable();
    return durable == null ? null : new OnDemand(durable);
  }

  /** Its file is made when it is first asked for. Of one transfer, so of one thread. */
  private final class OnDemand implements SnapshotInfo {
    private final TermIndex state;
    private @Nullable Path file;

    OnDemand(TermIndex state) {
      this.state = state;
    }

    @Override
    public TermIndex getTermIndex() {
      return state;
    }

    /**
     * Ratis asks again for each piece: the file stays the same while checkpoints move on. The
     * leader tries the whole transfer again when this throws.
     */
    @Override
    public List<FileInfo> getFiles() {
      try {
        Path made = file == null ? copy(state) : file;
        file = made;
        return List.of(new FileInfo(made, null));
      } catch (IOException e) {
        throw new IllegalStateException("No snapshot could be made: " + e.getMessage(), e);
      }
    }

    @Override
    public String toString() {
      return "checkpoint " + state;
    }
  }

  private Path copy(TermIndex state) throws IOException {
    checkpoint.disk().lock();
    try {
      if (!state.equals(checkpoint.durable())) {
        throw new IOException("The checkpoint has moved on from " + state);
      }
      Path file = folder.copyFile(state);
      if (!Files.exists(file)) {
        Path making = folder.snapshotFolder().resolve("making");
        Folders.delete(making);
        Files.createDirectories(making);
        table.copyDisk(making);
        try (LmdbTable copy = new LmdbTable(making)) {
          copy.verify(); // Nobody gets what a disk has changed.
        }
        Files.move(making.resolve("data.mdb"), file);
        Folders.delete(making);
        dropOldCopies();
      }
      return file;
    } finally {
      checkpoint.disk().unlock();
    }
  }

  private void dropOldCopies() throws IOException {
    List<TableFolder.Copy> oldFirst =
        folder.copies().stream().sorted(Comparator.comparingLong(TableFolder.Copy::index)).toList();
    for (int i = 0; i < oldFirst.size() - COPIES_KEPT; i++) {
      Files.deleteIfExists(oldFirst.get(i).file());
    }
  }

  /** Ratis is about to move what it received into place: contents first, then names. */
  void beforePublish() throws IOException {
    Folders.syncTree(folder.receivingFolder());
  }

  /**
   * Takes over a received snapshot that is newer than the table. Returns whether there was one.
   * Called when nothing is applied.
   */
  boolean adoptReceived() throws IOException {
    checkpoint.disk().lock();
    try {
      boolean adopted = false;
      for (TableFolder.Copy copy : folder.copies()) {
        if (copy.index() > table.position().index()) {
          LmdbTable old = table.replace(folder.adopt(copy));
          checkpoint.reset();
          Path oldFolder = old.folder();
          old.close();
          Folders.delete(oldFolder);
          adopted = true;
        }
      }
      Folders.delete(folder.snapshotFolder());
      Files.createDirectories(folder.snapshotFolder());
      Files.createDirectories(folder.receivingFolder());
      return adopted;
    } finally {
      checkpoint.disk().unlock();
    }
  }
}
