package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.Voters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
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
  static final int VOTERS_MAX = 5;
  private static final long POLL_MILLIS = 100;

  private final RaftLink link;

  RaftVoters(RaftLink link) {
    this.link = link;
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
                    && !(member.voting() && link.voters().size() < VOTERS_MAX)),
        () -> {
          List<RaftPeer> voters = without(link.voters(), member.nodeId());
          List<RaftPeer> observers = without(link.observers(), member.nodeId());
          boolean votes = member.voting() && voters.size() < VOTERS_MAX;
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
  public void transferLeadership(String nodeId, Duration timeout) {
    long deadline = RaftErrors.deadline(timeout);
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
        long restMillis = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
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
    long deadline = RaftErrors.deadline(timeout);
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

  private static void pause(long deadline, String what, @Nullable Exception failure) {
    if (System.nanoTime() - deadline > 0) {
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

  /**
   * An emptied disk is another peer (R2), and so is one that moved to another address: Ratis keeps
   * the address under which it first heard of a peer for as long as it runs.
   */
  static String peerId(Member member) {
    return member.nodeId()
        + "_"
        + member.incarnation()
        + "_"
        // Names of threads and of metrics are made of it.
        + member.address().replace(':', '-');
  }

  static String nodeOf(RaftPeerId id) {
    String text = id.toString();
    return text.substring(0, text.indexOf('_'));
  }

  private static Member member(RaftPeer peer, boolean voting) {
    String[] parts = peer.getId().toString().split("_", 3);
    return new Member(parts[0], parts[1], peer.getAddress(), voting);
  }

  static RaftPeer peer(Member member, boolean votes) {
    return RaftPeer.newBuilder()
        .setId(peerId(member))
        .setAddress(member.address())
        .setStartupRole(votes ? RaftPeerRole.FOLLOWER : RaftPeerRole.LISTENER)
        .build();
  }
}
