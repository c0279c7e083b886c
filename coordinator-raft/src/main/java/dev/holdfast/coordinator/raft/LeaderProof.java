// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.coordinator.raft.transport.Timeouts;
import dev.holdfast.spi.coordinator.UnavailableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;

/**
 * The read index of the leader (Raft thesis, 6.4). A round notes the commit index, then asks the
 * voters for their term. When a majority, this server with it, is not beyond this server's term,
 * nobody else was elected before the round began, so the noted index covers all that was
 * acknowledged by then.
 *
 * <p>Ratis has a read index of its own, which we do not use: release 3.3.0 takes a commit index
 * that was once confirmed as confirmed for ever ({@code ReadIndexHeartbeats.ackedCommitIndex}), so
 * a stopped and resumed leader of an idle term answers stale reads.
 */
final class LeaderProof {
  private final RaftLink link;
  private final Duration roundMax;
  private final Rounds<Proof> rounds;

  /**
   * This server led in {@code term} after the question arrived, and {@code index} was committed.
   */
  record Proof(long term, long index) {}

  LeaderProof(RaftLink link, Duration roundMax, Executor executor) {
    this.link = link;
    this.roundMax = roundMax;
    this.rounds = new Rounds<>(this::round, executor);
  }

  CompletableFuture<Proof> prove() {
    return rounds.join();
  }

  private CompletableFuture<Proof> round() {
    RaftServer.Division division = link.division();
    long term = division.getInfo().getCurrentTerm();
    boolean ready = link.isReadyLeader();
    // Only now: the commit index of a leader that is not ready may lack what others acknowledged.
    long index = division.getRaftLog().getLastCommittedIndex();
    RaftConfiguration configuration = division.getRaftConf();
    if (!ready || division.getInfo().getCurrentTerm() != term) {
      return CompletableFuture.failedFuture(new UnavailableException("This server does not lead"));
    }
    Tally tally = new Tally(configuration, link.self(), new Proof(term, index));
    if (tally.isWon()) {
      return CompletableFuture.completedFuture(tally.proof);
    }
    byte[] question = new Question.Term().encode();
    for (RaftPeerId voter : tally.voters()) {
      var _ =
          link.ask(voter, question)
              .whenComplete((reply, failure) -> tally.hear(voter, reply, failure));
    }
    return Timeouts.limit(tally.result, roundMax);
  }

  /** Counts voters in the configuration, and in the previous one while it is being replaced. */
  private static final class Tally {
    private final Map<RaftPeerId, AtomicBoolean> current;
    private final Map<RaftPeerId, AtomicBoolean> previous;
    private final Proof proof;
    private final CompletableFuture<Proof> result = new CompletableFuture<>();

    Tally(RaftConfiguration configuration, RaftPeerId self, Proof proof) {
      this.current = ids(configuration.getCurrentPeers(RaftPeerRole.FOLLOWER), self);
      this.previous = ids(configuration.getPreviousPeers(RaftPeerRole.FOLLOWER), self);
      this.proof = proof;
    }

    private static Map<RaftPeerId, AtomicBoolean> ids(Collection<RaftPeer> peers, RaftPeerId self) {
      Map<RaftPeerId, AtomicBoolean> ids = new HashMap<>();
      peers.forEach(peer -> ids.put(peer.getId(), new AtomicBoolean(peer.getId().equals(self))));
      return ids;
    }

    Collection<RaftPeerId> voters() {
      Map<RaftPeerId, AtomicBoolean> all = new HashMap<>(previous);
      all.putAll(current);
      return all.entrySet().stream()
          .filter(voter -> !voter.getValue().get())
          .map(Map.Entry::getKey)
          .toList();
    }

    void hear(RaftPeerId voter, ByteBuffer reply, Throwable failure) {
      if (failure != null) {
        return;
      }
      long theirs = new Wire.Reader(reply).number();
      if (theirs > proof.term()) {
        result.completeExceptionally(new UnavailableException("There is a newer term, " + theirs));
        return;
      }
      mark(current, voter);
      mark(previous, voter);
      if (isWon()) {
        result.complete(proof);
      }
    }

    private static void mark(Map<RaftPeerId, AtomicBoolean> voters, RaftPeerId voter) {
      AtomicBoolean heard = voters.get(voter);
      if (heard != null) {
        heard.set(true);
      }
    }

    boolean isWon() {
      return hasMajority(current) && (previous.isEmpty() || hasMajority(previous));
    }

    private static boolean hasMajority(Map<RaftPeerId, AtomicBoolean> voters) {
      return 2 * voters.values().stream().filter(AtomicBoolean::get).count() > voters.size();
    }
  }
}
