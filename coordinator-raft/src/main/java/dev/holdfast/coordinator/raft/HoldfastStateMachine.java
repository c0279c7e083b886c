// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;

/** The callbacks of Ratis, and nothing else: every decision is made by those it calls. */
final class HoldfastStateMachine extends BaseStateMachine {
  private final KeyTable table;
  private final AppliedIndex applied;
  private final Checkpoint checkpoint;
  private final SnapshotTransfer snapshots;
  private final Fatality fatality;
  private final Meter meter;
  private final Listener listener;
  private final long overlayBytesMax;
  private final long checkpointEntries;

  /** What the rest of the node wants to know. */
  interface Listener {
    /** Under the apply thread: be quick. */
    void applied(Command.Batch batch, byte[] answers);

    /** A snapshot has replaced the table. */
    void installed();

    /** Another leader, or the same in another term; perhaps this node. */
    void led(RaftPeerId leader);

    /** This node does not lead any more. */
    void follows();

    /** The server has stopped by itself, or was closed. */
    void stopped();
  }

  HoldfastStateMachine(
      KeyTable table,
      AppliedIndex applied,
      Checkpoint checkpoint,
      SnapshotTransfer snapshots,
      Fatality fatality,
      Meter meter,
      RaftOptions options,
      Listener listener) {
    this.table = table;
    this.applied = applied;
    this.checkpoint = checkpoint;
    this.snapshots = snapshots;
    this.fatality = fatality;
    this.meter = meter;
    this.overlayBytesMax = options.overlayBytesMax();
    this.checkpointEntries = options.snapshotEntries();
    this.listener = listener;
    adoptPosition();
  }

  private void adoptPosition() {
    KeyTable.Position position = table.position();
    if (position.index() >= 0) {
      setLastAppliedTermIndex(TermIndex.valueOf(position.term(), position.index()));
    }
    applied.advance(position.index());
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage)
      throws IOException {
    super.initialize(server, groupId, storage);
    getLifeCycle().startAndTransition(this::adoptPosition);
  }

  @Override
  public SnapshotTransfer getStateMachineStorage() {
    return snapshots;
  }

  /** A full overlay refuses before the log: what is in the log must be applied. */
  @Override
  public TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    TransactionContext transaction = super.startTransaction(request);
    if (table.overlayBytes() > overlayBytesMax) {
      checkpoint.want();
      transaction.setException(new StateMachineException("The overlay is full; try again"));
    }
    return transaction;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    List<Command.Batch> batches;
    try {
      ByteBuffer bytes = entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer();
      batches = LogCodec.split(bytes).stream().map(LogCodec::decodeBatch).toList();
    } catch (IllegalArgumentException e) {
      fatality.report(
          "Log entry %d cannot be read: %s. No entry is appended unchecked, so it was written by a newer version of Holdfast: start this node with that version, its folder is as good as before"
              .formatted(entry.getIndex(), e.getMessage()),
          e);
      throw e;
    }
    List<byte[]> answers;
    try {
      answers = table.apply(entry.getTerm(), entry.getIndex(), batches);
    } catch (RuntimeException e) {
      fatality.report("Log entry " + entry.getIndex() + " cannot be applied: " + e.getMessage(), e);
      throw e;
    }
    moved(entry.getTerm(), entry.getIndex());
    for (int i = 0; i < batches.size(); i++) {
      listener.applied(batches.get(i), answers.get(i));
    }
    boolean asked = transaction.getServerRole() == RaftPeerRole.LEADER;
    return CompletableFuture.completedFuture(
        asked
            ? Message.valueOf(UnsafeByteOperations.unsafeWrap(LogCodec.join(answers)))
            : Message.EMPTY);
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    try {
      table.advance(term, index);
    } catch (RuntimeException e) {
      fatality.report("Log entry " + index + " cannot be applied", e);
      throw e;
    }
    moved(term, index);
  }

  private void moved(long term, long index) {
    updateLastAppliedTermIndex(term, index);
    applied.advance(index);
    TermIndex durable = checkpoint.durable();
    if (index - (durable == null ? -1 : durable.getIndex()) >= checkpointEntries
        || table.overlayBytes() > overlayBytesMax / 2) {
      checkpoint.want();
    }
  }

  /** Covers what is durable already; the checkpoint thread goes on behind. */
  @Override
  public long takeSnapshot() {
    TermIndex durable = checkpoint.durable();
    return durable == null ? -1 : durable.getIndex();
  }

  /** Right before Ratis moves a received snapshot into place. */
  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
    try {
      snapshots.beforePublish();
    } catch (IOException e) {
      fatality.report("A received snapshot could not be made durable", e);
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void reinitialize() throws IOException {
    if (snapshots.adoptReceived()) {
      meter.count("raft.snapshot.installed", 1);
      adoptPosition();
      listener.installed();
    }
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    listener.led(leader);
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) throws IOException {
    super.notifyNotLeader(pending);
    listener.follows();
  }

  /** After this Ratis would stay up without ever appending again. */
  @Override
  public void notifyLogFailed(Throwable cause, LogEntryProto failedEntry) {
    fatality.report("The Raft log cannot be written: " + cause.getMessage(), cause);
  }

  /** Nothing is applied any more: the server has stopped. */
  @Override
  public void close() {
    listener.stopped();
  }
}
