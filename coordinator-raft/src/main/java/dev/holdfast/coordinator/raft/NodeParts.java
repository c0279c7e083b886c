// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.Question.Reply;
import dev.holdfast.coordinator.raft.Question.Status;
import dev.holdfast.coordinator.raft.transport.Receiver;
import dev.holdfast.coordinator.raft.transport.Transport;
import dev.holdfast.spi.coordinator.CoordinatorEvent;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/**
 * Leads what the state machine reports to the parts of the node, which are made after it: they need
 * the server, and the server needs the state machine.
 */
final class NodeParts implements HoldfastStateMachine.Listener, Receiver {
  private final KeyTable table;
  private final AppliedIndex applied;
  private final WatchHub watches;
  private final Transport transport;
  private final RaftEvents events;
  private volatile @Nullable Parts parts;

  private record Parts(
      RaftLink link, String origin, LeaderProof proof, Proposer proposer, LeaseKeeper keeper) {}

  NodeParts(
      KeyTable table,
      AppliedIndex applied,
      WatchHub watches,
      Transport transport,
      RaftEvents events) {
    this.table = table;
    this.applied = applied;
    this.watches = watches;
    this.transport = transport;
    this.events = events;
  }

  void connect(
      RaftLink link, String origin, LeaderProof proof, Proposer proposer, LeaseKeeper keeper) {
    parts = new Parts(link, origin, proof, proposer, keeper);
  }

  @Override
  public void applied(Command.Batch batch, byte[] answers) {
    Parts connected = parts;
    if (connected != null && batch.origin().equals(connected.origin())) {
      connected.proposer().applied(batch.sequence(), answers);
    }
    transport.tellCommits();
  }

  @Override
  public void stopped() {
    Parts connected = parts;
    if (connected != null) {
      connected.link().stopped();
    }
  }

  @Override
  public void installed() {
    long revision = table.position().revision();
    watches.resync(revision);
    events.tell(new CoordinatorEvent.SnapshotRestored(revision));
  }

  @Override
  public void led(RaftPeerId leader) {
    events.leader(RaftVoters.nodeOf(leader), term());
  }

  @Override
  public void follows() {
    events.tell(new CoordinatorEvent.BecameFollower(term()));
  }

  private long term() {
    Parts connected = parts;
    return connected == null ? 0 : connected.link().division().getInfo().getCurrentTerm();
  }

  @Override
  public CompletableFuture<ByteBuffer> propose(String from, byte[] batch) {
    BatchCheck.check(ByteBuffer.wrap(batch), from);
    return connected().link().submit(batch);
  }

  @Override
  public CompletableFuture<byte[]> ask(ByteBuffer question) {
    Parts connected = connected();
    return switch (Question.decode(question)) {
      case Question.Term _ -> CompletableFuture.completedFuture(term(connected.link()));
      case Question.Current _ -> provenOrNot(current(connected));
      case Question.Standing _ ->
          CompletableFuture.completedFuture(
              new Reply(votes(connected.link()) ? Status.OK : Status.NOT_PROVEN, 0, 0).encode());
      case Question.Seen seen ->
          CompletableFuture.completedFuture(
              new Wire.Writer(10).number(table.lastSequence(seen.origin())).toArray());
      case Question.Renew renew -> provenOrNot(connected.keeper().renew(renew.lease()));
    };
  }

  /**
   * A promise: this server has voted in no later term. One that stops, or has not read its vote
   * yet, cannot give it: while a server starts again, the one before it knows nothing of the votes
   * of the next.
   */
  private static byte[] term(RaftLink link) {
    RaftServer.Division division = link.division();
    long term = division.getInfo().getCurrentTerm();
    if (division.getInfo().getLifeCycleState() != LifeCycle.State.RUNNING) {
      throw new UnavailableException("The Raft server of " + link.self() + " is starting");
    }
    return new Wire.Writer(10).number(term).toArray();
  }

  private Parts connected() {
    Parts connected = parts;
    if (connected == null) {
      throw new UnavailableException("This server is starting");
    }
    return connected;
  }

  private static boolean votes(RaftLink link) {
    return !link.division().getInfo().isListener()
        && link.configuration().getPreviousPeers().isEmpty()
        && link.voters().stream().anyMatch(peer -> peer.getId().equals(link.self()));
  }

  private CompletableFuture<Reply> current(Parts connected) {
    return connected
        .proof()
        .prove()
        .thenCompose(proof ->
            applied
                .reach(proof.index())
                .thenApply(_ -> new Reply(Status.OK, proof.index(), table.position().revision())));
  }

  private static CompletableFuture<byte[]> provenOrNot(CompletableFuture<Reply> reply) {
    return reply.exceptionally(_ -> Reply.NOT_PROVEN).thenApply(Reply::encode);
  }
}
