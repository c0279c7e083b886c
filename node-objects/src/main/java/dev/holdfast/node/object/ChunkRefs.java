// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.Sha256;
import dev.holdfast.spi.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** References as one byte string, {@code SHA-256 ‖ length} each. */
final class ChunkRefs {
  private static final int ENTRY_BYTES = Sha256.LENGTH_BYTES + Integer.BYTES;

  private ChunkRefs() {}

  static byte[] pack(List<ChunkRef> refs) {
    ByteBuffer out = ByteBuffer.allocate(refs.size() * ENTRY_BYTES);
    refs.forEach(ref -> out.put(ref.hash().asBuffer()).putInt(ref.length()));
    return out.array();
  }

  /**
   * @throws IllegalArgumentException on other bytes
   */
  static List<ChunkRef> unpack(byte[] packed) {
    if (packed.length % ENTRY_BYTES != 0) {
      throw new IllegalArgumentException(packed.length + " bytes of chunk references");
    }
    ByteBuffer in = ByteBuffer.wrap(packed);
    List<ChunkRef> refs = new ArrayList<>(packed.length / ENTRY_BYTES);
    while (in.hasRemaining()) {
      byte[] hash = new byte[Sha256.LENGTH_BYTES];
      in.get(hash);
      refs.add(new ChunkRef(ChunkRef.SHA_256, Bytes.wrap(hash), in.getInt()));
    }
    return refs;
  }

  /** The proofs alone, one behind the other. */
  static byte[] packProofs(List<ProvenRef> refs) {
    ByteBuffer out = ByteBuffer.allocate(refs.size() * Sha256.LENGTH_BYTES);
    refs.forEach(ref -> out.put(ref.proof().asBuffer()));
    return out.array();
  }

  /**
   * @throws IllegalArgumentException on other bytes
   */
  static List<ProvenRef> unpack(byte[] packed, byte[] proofs) {
    List<ChunkRef> refs = unpack(packed);
    if (proofs.length != refs.size() * Sha256.LENGTH_BYTES) {
      throw new IllegalArgumentException(proofs.length + " bytes of proofs");
    }
    ByteBuffer in = ByteBuffer.wrap(proofs);
    List<ProvenRef> proven = new ArrayList<>(refs.size());
    for (ChunkRef ref : refs) {
      byte[] proof = new byte[Sha256.LENGTH_BYTES];
      in.get(proof);
      proven.add(new ProvenRef(ref, Bytes.wrap(proof)));
    }
    return proven;
  }
}
