// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.protocol.ChunkProof;
import dev.holdfast.spi.Bytes;

/**
 * A chunk that a client says it has.
 *
 * @param proof {@link ChunkProof} of its bytes
 */
record ProvenRef(ChunkRef ref, Bytes proof) {
  ProvenRef {
    if (proof.length() != Sha256.LENGTH_BYTES) {
      throw new IllegalArgumentException("A proof of " + proof.length() + " bytes");
    }
  }

  boolean isProvenBy(Bytes salt, byte[] bytes) {
    return Bytes.wrap(ChunkProof.of(salt.toArray(), bytes)).equals(proof);
  }
}
