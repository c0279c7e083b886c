// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.object;

import dev.holdfast.core.version.ChunkRef;
import dev.holdfast.core.version.ObjectKey;
import java.util.List;

/** Why a request of an upload came to nothing. */
sealed interface UploadRefusal {
  /** There is none with this id, it is over, or it is somebody else's. */
  record Unknown(String id) implements UploadRefusal {}

  /** The upload is for another object. */
  record OtherKey(ObjectKey key) implements UploadRefusal {}

  /** An owner has as many uploads, or as much in them, as one may have. */
  record TooMany(String limit) implements UploadRefusal {}

  /** More bytes than the upload was created for. */
  record Full(long bytesMax) implements UploadRefusal {}

  /** An append that does not begin where the last one ended. */
  record WrongOffset(long offset) implements UploadRefusal {}

  /** Chunks that the upload does not have, or has no longer. */
  record ChunksMissing(List<ChunkRef> chunks) implements UploadRefusal {
    public ChunksMissing {
      chunks = List.copyOf(chunks);
    }
  }

  record BadManifest(String why) implements UploadRefusal {}

  /** Too few of the nodes that keep its chunks can be reached. May be retried. */
  record TooFewNodes(int up, List<String> nodes, int needed) implements UploadRefusal {
    public TooFewNodes {
      nodes = List.copyOf(nodes);
    }
  }

  record DiskFull(String why) implements UploadRefusal {}

  /** Others changed the same upload for too long. May be retried. */
  record TooManyWriters() implements UploadRefusal {}
}
