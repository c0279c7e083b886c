// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.data.Founder;
import dev.holdfast.node.peer.PeerRequest;
import dev.holdfast.spi.coordinator.CoordinatorException;
import dev.holdfast.spi.coordinator.OutcomeUnknownException;
import dev.holdfast.spi.coordinator.UnavailableException;
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
   * One of its last four parts, or none, tells why the node is not out.
   *
   * @param copiesLeft still on the node, to be asked again; 0 when it is out, or refused
   * @param refusal the name of a {@link RemovalRefusal}, whose lists are the next two
   * @param unavailable why agreement did not come: nothing was changed by the last step
   * @param unknown why nobody knows what the last step did
   */
  public record RemoveVerdict(
      long copiesLeft,
      @Nullable String refusal,
      List<String> staying,
      List<String> down,
      @Nullable String unavailable,
      @Nullable String unknown) {

    static RemoveVerdict done(long copiesLeft) {
      return new RemoveVerdict(copiesLeft, null, List.of(), List.of(), null, null);
    }

    static RemoveVerdict of(RemovalRefusal why) {
      String name = why.getClass().getSimpleName();
      return switch (why) {
        case RemovalRefusal.NoMajorityLeft(_, var staying, var down) ->
            new RemoveVerdict(0, name, staying, down, null, null);
        case RemovalRefusal.Stuck(_, long left) ->
            new RemoveVerdict(left, name, List.of(), List.of(), null, null);
        case RemovalRefusal.UnknownNode _,
            RemovalRefusal.LastNode _,
            RemovalRefusal.Cancelled _,
            RemovalRefusal.NotLeaving _,
            RemovalRefusal.TooLate _ ->
            new RemoveVerdict(0, name, List.of(), List.of(), null, null);
      };
    }

    static RemoveVerdict of(CoordinatorException failure) {
      String why = String.valueOf(failure.getMessage());
      boolean unchanged = failure instanceof UnavailableException;
      return new RemoveVerdict(
          0, null, List.of(), List.of(), unchanged ? why : null, unchanged ? null : why);
    }

    /**
     * @throws RemovalRefusedException what the other node refused
     * @throws CoordinatorException what it met
     */
    long copiesLeftOf(String node) {
      if (unavailable != null) {
        throw new UnavailableException(unavailable);
      }
      if (unknown != null) {
        throw new OutcomeUnknownException(unknown);
      }
      if (refusal != null) {
        throw new RemovalRefusedException(refusalOf(node, refusal));
      }
      return copiesLeft;
    }

    private RemovalRefusal refusalOf(String node, String name) {
      return switch (name) {
        case "UnknownNode" -> new RemovalRefusal.UnknownNode(node);
        case "LastNode" -> new RemovalRefusal.LastNode(node);
        case "Cancelled" -> new RemovalRefusal.Cancelled(node);
        case "NotLeaving" -> new RemovalRefusal.NotLeaving(node);
        case "TooLate" -> new RemovalRefusal.TooLate(node);
        case "NoMajorityLeft" -> new RemovalRefusal.NoMajorityLeft(node, staying, down);
        case "Stuck" -> new RemovalRefusal.Stuck(node, copiesLeft);
        default -> throw new OutcomeUnknownException("The removal was refused: " + name);
      };
    }
  }
}
