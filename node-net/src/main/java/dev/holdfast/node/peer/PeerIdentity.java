// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import java.security.SecureRandom;

/**
 * Who this node is to its peers, and what proves it.
 *
 * @param mismatch tells the operator of those that prove something else
 */
record PeerIdentity(
    String nodeId, ClusterSecret secret, SecureRandom random, SecretMismatch mismatch) {
  byte[] nonce() {
    byte[] nonce = new byte[PeerHello.NONCE_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }
}
