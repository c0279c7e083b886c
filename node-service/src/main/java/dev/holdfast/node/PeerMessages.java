// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.LockMode;
import dev.holdfast.core.lock.LockReply;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.cleanup.CleanupMessages;
import dev.holdfast.node.cluster.ClusterMessages;
import dev.holdfast.node.data.Founder;
import dev.holdfast.node.lock.LockMessages;
import dev.holdfast.node.object.ObjectMessages;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.peer.Ping;
import dev.holdfast.node.peer.Pong;
import dev.holdfast.node.primitive.PrimitiveMessages;
import dev.holdfast.node.repair.RepairMessages;
import dev.holdfast.node.session.SessionMessages;
import java.util.List;

/**
 * The records that may cross the peer port, under their ids: a range for each feature, which is
 * only ever appended to. The list is compared with a golden file. It stands here and not at the
 * peer port, since the port knows no feature.
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

  public static final PeerKinds KINDS =
      PeerKinds.none()
          .feature(PeerKinds.FIRST_ID, CLUSTER_LOCK_SESSION)
          .feature(100, ObjectMessages.KINDS)
          .feature(200, REMOVAL)
          .feature(220, PULSE)
          .feature(300, PrimitiveMessages.KINDS)
          .feature(400, DOWNGRADE)
          .feature(420, MOVED)
          .feature(500, RepairMessages.KINDS)
          .feature(520, CleanupMessages.KINDS);

  private PeerMessages() {}
}
