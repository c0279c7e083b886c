// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import dev.holdfast.spi.system.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.jspecify.annotations.Nullable;

/**
 * Changes of the Raft configuration, each a compare-and-set of the whole. Every step looks at the
 * configuration first, so repeating after an unknown outcome is safe.
 */
final class RaftVoters implements Voters {
  private static final long POLL_MILLIS = 100;
  private static final long ASK_MILLIS = 1_000;

  private final RaftLink link;
  private final PeerNames names;
  private final int votersMax;
  private final LongSupplier nanos;

  /**
   * @param votersMax further members observe
   */
  RaftVoters(RaftLink link, PeerNames names, int votersMax, LongSupplier nanos) {
    this.link = link;
    this.names = names;
    this.votersMax = votersMax;
    this.nanos = nanos;
  }

  @Override
  public List<Member> current() {
    return Stream.concat(
            link.voters().stream().map(peer -> member(peer, true)),
            link.observers().stream().map(peer -> member(peer, false)))
        .toList();
  }

  @Override
  public void add(Member member, Duration timeout) {
    RaftPeerId id = RaftPeerId.valueOf(peerId(member));
    change(
        timeout,
        "Adding " + member.nodeId(),
        () ->
            has(link.voters(), id)
                || (has(link.observers(), id)
                    && !(member.voting() && link.voters().size() < votersMax)),
        () -> {
          List<RaftPeer> voters = without(link.voters(), member.nodeId());
          List<RaftPeer> observers = without(link.observers(), member.nodeId());
          boolean votes = member.voting() && voters.size() < votersMax;
          if (votes && has(link.observers(), id)) {
            return new Configuration(link.voters(), observers);
          }
          (votes ? voters : observers).add(peer(member, votes));
          return new Configuration(voters, observers);
        });
  }

  @Override
  public void remove(String nodeId, Duration timeout) {
    change(
        timeout,
        "Removing " + nodeId,
        () -> current().stream().noneMatch(member -> member.nodeId().equals(nodeId)),
        () -> new Configuration(without(link.voters(), nodeId), without(link.observers(), nodeId)));
  }

  @Override
  public void replace(String lost, Member observer, Duration timeout) {
    RaftPeerId id = RaftPeerId.valueOf(peerId(observer));
    change(
        timeout,
        "Replacing " + lost + " by " + observer.nodeId(),
        () ->
            has(link.voters(), id)
                && link.voters().stream().noneMatch(peer -> nodeOf(peer.getId()).equals(lost))
                && knowsThatItVotes(id),
        () -> {
          if (has(link.observers(), id)) {
            return new Configuration(link.voters(), without(link.observers(), observer.nodeId()));
          }
          List<RaftPeer> voters = without(without(link.voters(), lost), observer.nodeId());
          voters.add(peer(observer, true));
          return new Configuration(
              voters, without(without(link.observers(), lost), observer.nodeId()));
        });
  }

  /**
   * A listener of Ratis 3.3.0 refuses its vote until it has seen the new configuration, which a
   * majority may agree on without it. So a promotion is not done before the promoted one knows. And
   * a leader goes on to treat a listener that it admitted as one that starts, after its promotion
   * too: it leaves the configuration first, and comes back as a new voter.
   */
  private boolean knowsThatItVotes(RaftPeerId id) {
    try {
      Question.Reply reply =
          link.ask(id, new Question.Standing().encode())
              .thenApply(Question.Reply::decode)
              .get(ASK_MILLIS, TimeUnit.MILLISECONDS);
      return reply.status() == Question.Status.OK;
    } catch (ExecutionException | TimeoutException e) {
      return false; // Asked again until the deadline of the change.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("The change of the voters was interrupted", e);
    }
  }

  @Override
  public void transferLeadership(String nodeId, Duration timeout) {
    Deadline deadline = Deadline.after(timeout, nanos);
    String what = "The transfer of the leadership to " + nodeId;
    while (true) {
      RaftPeerId leader = link.leader();
      if (leader != null && nodeOf(leader).equals(nodeId)) {
        return;
      }
      RaftPeerId target =
          link.voters().stream()
              .map(RaftPeer::getId)
              .filter(id -> nodeOf(id).equals(nodeId))
              .findFirst()
              .orElseThrow(() -> new UnavailableException(nodeId + " does not vote"));
      Exception failure = null;
      if (leader != null) {
        long restMillis = Math.max(1, deadline.leftNanos() / 1_000_000);
        failure =
            tryOnce(
                leader,
                new TransferLeadershipRequest(
                    link.clientId(),
                    leader,
                    link.groupId(),
                    link.nextCallId(),
                    target,
                    Math.min(restMillis, 3_000)));
      }
      pause(deadline, what, failure);
    }
  }

  private record Configuration(List<RaftPeer> voters, List<RaftPeer> observers) {}

  private void change(
      Duration timeout, String what, BooleanSupplier isDone, Supplier<Configuration> wanted) {
    Deadline deadline = Deadline.after(timeout, nanos);
    while (true) {
      Exception failure = null;
      RaftPeerId leader = link.leader();
      boolean stable = link.configuration().getPreviousPeers().isEmpty();
      if (stable && isDone.getAsBoolean()) {
        return;
      }
      if (leader != null && stable) {
        Configuration next = wanted.get();
        failure =
            tryOnce(
                leader,
                new SetConfigurationRequest(
                    link.clientId(),
                    leader,
                    link.groupId(),
                    link.nextCallId(),
                    SetConfigurationRequest.Arguments.newBuilder()
                        .setServersInCurrentConf(link.voters())
                        .setListenersInCurrentConf(link.observers())
                        .setServersInNewConf(next.voters())
                        .setListenersInNewConf(next.observers())
                        .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                        .build()));
      }
      pause(deadline, what, failure);
    }
  }

  /** What went wrong, or null. Either way the configuration tells. */
  private @Nullable Exception tryOnce(RaftPeerId leader, RaftClientRequest request) {
    try {
      RaftClientReply reply =
          leader.equals(link.self()) ? local(request) : link.administer(request);
      return reply.getException();
    } catch (IOException | RuntimeException e) {
      return e;
    }
  }

  private RaftClientReply local(RaftClientRequest request) throws IOException {
    return switch (request) {
      case SetConfigurationRequest set -> link.server().setConfiguration(set);
      case TransferLeadershipRequest transfer -> link.server().transferLeadership(transfer);
      default -> throw new IllegalArgumentException("Not an administrative request: " + request);
    };
  }

  private static void pause(Deadline deadline, String what, @Nullable Exception failure) {
    if (deadline.hasPassed()) {
      throw new UnavailableException(
          what + " was not done in time" + (failure == null ? "" : ": " + failure), failure);
    }
    try {
      Thread.sleep(failure == null ? POLL_MILLIS / 5 : POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException(what + " was interrupted", e);
    }
  }

  private static List<RaftPeer> without(List<RaftPeer> peers, String nodeId) {
    List<RaftPeer> rest = new ArrayList<>(peers);
    rest.removeIf(peer -> nodeOf(peer.getId()).equals(nodeId));
    return rest;
  }

  private static boolean has(List<RaftPeer> peers, RaftPeerId id) {
    return peers.stream().anyMatch(peer -> peer.getId().equals(id));
  }

  @Override
  public void locate(Member member) {
    RaftPeerId id = RaftPeerId.valueOf(peerId(member));
    RaftPeer known = link.configuration().getPeer(id, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER);
    if (names.locate(member, known == null ? null : known.getAddress())) {
      link.callAnew(id);
    }
  }

  /** An emptied disk is another peer (R2); one that listens elsewhere is the same. */
  static String peerId(Member member) {
    return member.nodeId() + "_" + member.incarnation();
  }

  static String nodeOf(RaftPeerId id) {
    String text = id.toString();
    return text.substring(0, text.indexOf('_'));
  }

  private Member member(RaftPeer peer, boolean voting) {
    String[] parts = peer.getId().toString().split("_", 2);
    return new Member(parts[0], parts[1], names.address(peer.getAddress()), voting);
  }

  static RaftPeer peer(Member member, boolean votes) {
    String id = peerId(member);
    return RaftPeer.newBuilder()
        .setId(id)
        .setAddress(PeerNames.name(id, member.address()))
        .setStartupRole(votes ? RaftPeerRole.FOLLOWER : RaftPeerRole.LISTENER)
        .build();
  }
}
