// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cleanup.CleanupFeature;
import dev.holdfast.node.cluster.ClusterFeature;
import dev.holdfast.node.lock.LockFeature;
import dev.holdfast.node.object.ObjectFeature;
import dev.holdfast.node.peer.PeerKinds;
import dev.holdfast.node.primitive.PrimitiveFeature;
import dev.holdfast.node.repair.RepairFeature;
import dev.holdfast.node.session.SessionFeature;

/**
 * The records that may cross the peer port, under the ids that their features give them: ranges
 * that are only ever appended to. The list is compared with a golden file. It stands here and not
 * at the peer port, since the port knows no feature.
 */
public final class PeerMessages {
  public static final PeerKinds KINDS =
      PeerKinds.ofThePort()
          .and(ClusterFeature.PEER_KINDS)
          .and(LockFeature.PEER_KINDS)
          .and(SessionFeature.PEER_KINDS)
          .and(ObjectFeature.PEER_KINDS)
          .and(PrimitiveFeature.PEER_KINDS)
          .and(RepairFeature.PEER_KINDS)
          .and(CleanupFeature.PEER_KINDS);

  private PeerMessages() {}
}
