package dev.holdfast.node.cluster;

import dev.holdfast.node.data.Founder;
import dev.holdfast.node.peer.PeerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other before and while they form a cluster. */
public final class ClusterMessages {
  private ClusterMessages() {}

  /** Who are you, and do you belong to a cluster already? Also tells who asks. */
  public record WhoAreYou(Founder asking) implements PeerRequest<Identity> {}

  /**
   * @param cluster null while the node belongs to none
   * @param founders of its cluster; empty when it joined later
   * @param coordinator that it is configured with
   */
  public record Identity(
      Founder node, @Nullable String cluster, List<Founder> founders, String coordinator) {}

  /** Where a node listens, as it says itself; addresses are {@code host:port}. */
  public record Place(String id, String incarnation, String peer, String raft) {}

  /** I am alive, and listen here. Also the ping of the health checks. */
  public record Pulse(String cluster, Place sender, long revision)
      implements PeerRequest<PulseBack> {}

  /**
   * @param revision applied by the one that answers
   * @param others whom it knows; worth asking, not worth believing
   */
  public record PulseBack(String cluster, Place sender, long revision, List<Place> others) {}

  /** Let me take part in agreement. Safe to repeat; answered when it is done. */
  public record Admit(Founder node) implements PeerRequest<Admitted> {}

  /**
   * @param refusal null when the node was admitted
   * @param removed the operator took this incarnation out of the cluster: asking again is in vain
   */
  public record Admitted(@Nullable String refusal, boolean removed) {}

  /** You are out of the cluster, and your copies are elsewhere: end. */
  public record Leave(String incarnation) implements PeerRequest<Left> {}

  public record Left(String nodeId) {}

  /** Take me out: a node cannot see the end of its own removal. */
  public record RemoveMe(String nodeId, boolean goesOn) implements PeerRequest<RemoveVerdict> {}

  /**
   * @param copiesLeft still on the node, to be asked again; 0 when it is out
   * @param code of the problem which the other fields tell; empty when there is none
   */
  public record RemoveVerdict(
      long copiesLeft, int status, String code, String detail, String next) {}
}
