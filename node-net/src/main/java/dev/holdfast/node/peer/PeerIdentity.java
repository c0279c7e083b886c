package dev.holdfast.node.peer;

import java.security.SecureRandom;

/** Who this node is to its peers, and what proves it. */
record PeerIdentity(String nodeId, ClusterSecret secret, SecureRandom random) {
  byte[] nonce() {
    byte[] nonce = new byte[PeerHello.NONCE_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }
}
