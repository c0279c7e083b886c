package dev.holdfast.node;

import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.cluster.ClusterMessages;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.lock.LockMessages;
import dev.holdfast.node.object.ObjectMessages;
import dev.holdfast.node.peer.Ping;
import dev.holdfast.node.peer.Pong;
import dev.holdfast.node.primitive.PrimitiveMessages;
import dev.holdfast.node.session.SessionMessages;
import java.util.List;
import java.util.stream.Stream;

/**
 * The records that may cross the peer port, in the order of their Kryo ids. Only ever appended to:
 * the list is compared with a golden file. It stands here and not at the peer port, since the order
 * is one for all features, and the port knows none of them.
 */
public final class PeerMessages {
  private static final List<Class<?>> CLUSTER_LOCK_SESSION =
      List.of(
          Ping.class,
          Pong.class,
          Founder.class,
          ClusterMessages.WhoAreYou.class,
          ClusterMessages.Identity.class,
          ClusterMessages.Admit.class,
          ClusterMessages.Admitted.class,
          Owner.class,
          LockMode.Exclusive.class,
          LockMode.Shared.class,
          LockMode.Permits.class,
          LockCommand.Acquire.class,
          LockCommand.Release.class,
          LockCommand.Cancel.class,
          LockCommand.EndHolder.class,
          LockCommand.Refill.class,
          LockCommand.Forget.class,
          LockReply.Granted.class,
          LockReply.Queued.class,
          LockReply.LockHeld.class,
          LockReply.QueueFull.class,
          LockReply.Released.class,
          LockReply.NotHeld.class,
          LockReply.Cancelled.class,
          LockReply.StaleRequest.class,
          LockReply.SessionGone.class,
          LockReply.ModeMismatch.class,
          LockReply.Refilled.class,
          LockReply.Forgotten.class,
          LockReply.NotForgotten.class,
          LockMessages.RunLock.class,
          LockMessages.LockRan.class,
          SessionMessages.KeepAliveAtHost.class,
          SessionMessages.HostVerdict.class);

  private static final List<Class<?>> REMOVAL =
      List.of(
          ClusterMessages.Leave.class,
          ClusterMessages.Left.class,
          ClusterMessages.RemoveMe.class,
          ClusterMessages.RemoveVerdict.class);

  private static final List<Class<?>> DOWNGRADE = List.of(LockCommand.Downgrade.class);

  private static final List<Class<?>> MOVED = List.of(LockReply.Moved.class);

  private static final List<Class<?>> PULSE =
      List.of(
          ClusterMessages.Place.class,
          ClusterMessages.Pulse.class,
          ClusterMessages.PulseBack.class);

  public static final List<Class<?>> KINDS =
      Stream.of(
              CLUSTER_LOCK_SESSION,
              ObjectMessages.KINDS,
              REMOVAL,
              PrimitiveMessages.KINDS,
              DOWNGRADE,
              PULSE,
              MOVED)
          .flatMap(List::stream)
          .toList();

  private PeerMessages() {}
}
