// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.IOException;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.FileChunkProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto.SnapshotChunkProto;
import org.apache.ratis.server.storage.RaftStorageDirectory;

/**
 * A piece of a snapshot as it may reach Ratis, which makes folders and files named as the request
 * says. So all names are made here: the folder's from a number, and the file's from the state that
 * the snapshot covers.
 */
final class SnapshotPiece {
  /** Of the one file that a snapshot has, behind its term and index. */
  static final String SUFFIX = ".mdb";

  private SnapshotPiece() {}

  /** The only name that a file of a snapshot can have. */
  static String fileName(long term, long index) {
    return term + "_" + index + SUFFIX;
  }

  /**
   * The same piece with our names.
   *
   * @throws IOException it is not a piece of the one file that a leader sends
   */
  static InstallSnapshotRequestProto checked(InstallSnapshotRequestProto request)
      throws IOException {
    if (!request.hasSnapshotChunk()) {
      throw new IOException("A snapshot comes in pieces here, not by a notice");
    }
    SnapshotChunkProto piece = request.getSnapshotChunk();
    long term = piece.getTermIndex().getTerm();
    long index = piece.getTermIndex().getIndex();
    if (term < 0 || index < 0 || piece.getFileChunksCount() != 1) {
      throw new IOException(
          "A piece of a snapshot has one part of the file of a state, this one has %d of term %d, index %d"
              .formatted(piece.getFileChunksCount(), term, index));
    }
    FileChunkProto part = piece.getFileChunks(0);
    if (part.getOffset() < 0) {
      throw new IOException("A piece of a snapshot begins at " + part.getOffset());
    }
    return request.toBuilder()
        .setSnapshotChunk(
            piece.toBuilder()
                .setRequestId(number(piece.getRequestId()).toString())
                .setFileChunks(
                    0,
                    part.toBuilder()
                        .setFilename(
                            RaftStorageDirectory.STATE_MACHINE_DIR_NAME
                                + "/"
                                + fileName(term, index))))
        .build();
  }

  private static UUID number(String id) throws IOException {
    try {
      return UUID.fromString(id);
    } catch (IllegalArgumentException e) {
      throw new IOException("The id of a snapshot is no UUID", e);
    }
  }
}
