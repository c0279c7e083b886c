// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.FileChunkProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto.SnapshotChunkProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/** Ratis writes what a request names; so no request names anything. */
final class SnapshotPieceTest {
  private static final String ID = new UUID(3, 4).toString();

  private static InstallSnapshotRequestProto piece(String id, String file, long index, int files) {
    SnapshotChunkProto.Builder chunk =
        SnapshotChunkProto.newBuilder()
            .setRequestId(id)
            .setTermIndex(TermIndexProto.newBuilder().setTerm(3).setIndex(index));
    for (int i = 0; i < files; i++) {
      chunk.addFileChunks(
          FileChunkProto.newBuilder()
              .setFilename(file)
              .setData(ByteString.copyFromUtf8("data"))
              .setDone(true));
    }
    return InstallSnapshotRequestProto.newBuilder().setSnapshotChunk(chunk).build();
  }

  @Test
  void theNamesAreOurs() throws Exception {
    SnapshotChunkProto checked =
        SnapshotPiece.checked(piece(ID, "../../../root/.ssh/authorized_keys", 17, 1))
            .getSnapshotChunk();
    assertThat(checked.getFileChunks(0).getFilename()).isEqualTo("sm/3_17.mdb");
    assertThat(checked.getFileChunks(0).getData().toStringUtf8()).isEqualTo("data");
    assertThat(checked.getFileChunks(0).getDone()).isTrue();
    assertThat(checked.getRequestId()).isEqualTo(ID);
  }

  @Test
  void whatIsNoPieceOfASnapshotIsRefused() {
    refuses(piece("x/../../evil", "3_17.mdb", 17, 1), "no UUID");
    refuses(piece("1-1-1-1-1/../..", "3_17.mdb", 17, 1), "no UUID");
    refuses(piece(ID, "3_17.mdb", -1, 1), "index -1");
    refuses(piece(ID, "3_17.mdb", 17, 2), "one part");
    refuses(piece(ID, "3_17.mdb", 17, 0), "one part");
    refuses(InstallSnapshotRequestProto.getDefaultInstance(), "not by a notice");
  }

  private static void refuses(InstallSnapshotRequestProto request, String because) {
    assertThatThrownBy(() -> SnapshotPiece.checked(request))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(because);
  }
}
