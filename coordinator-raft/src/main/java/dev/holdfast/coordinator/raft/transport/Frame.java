package dev.holdfast.coordinator.raft.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/** One message: four bytes of length of what follows, one of kind, eight of id, the payload. */
final class Frame {
  private static final int PREFIX_BYTES = 4;
  private static final int HEADER_BYTES = 1 + 8;

  /** More than any entry or piece of a snapshot; a longer frame is garbage. */
  static final int PAYLOAD_BYTES_MAX = 64 << 20;

  enum Kind {
    /** The first frame of a connection: who calls whom. Answered only when it is refused. */
    HELLO(1),
    /** AppendEntriesRequestProto, answered by its reply. */
    APPEND(2),
    /** As {@link #APPEND}, without entries and without an answer: what is committed by now. */
    NOTICE(3),
    /** InstallSnapshotRequestProto, a piece of a snapshot. */
    SNAPSHOT(4),
    /** RequestVoteRequestProto. */
    VOTE(5),
    /** StartLeaderElectionRequestProto. */
    ELECT(6),
    /** SetConfigurationRequestProto, answered by a RaftClientReplyProto. */
    CONFIGURE(7),
    /** TransferLeadershipRequestProto, answered by a RaftClientReplyProto. */
    TRANSFER(8),
    /** An entry for the log, answered by what its application answered. */
    PROPOSE(9),
    /** A question outside of the log. */
    ASK(10),
    /** The answer to a call. */
    ANSWER(11),
    /** Why a call, or with id 0 the whole connection, is refused; text. */
    REFUSAL(12);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    private static @Nullable Kind of(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  private final Kind kind;
  private final long id;
  private final byte[] payload;

  private Frame(Kind kind, long id, byte[] payload) {
    this.kind = kind;
    this.id = id;
    this.payload = payload;
  }

  Kind kind() {
    return kind;
  }

  /** Of a call, unique on its connection; its answer repeats it. */
  long id() {
    return id;
  }

  /** Not a copy. */
  byte[] payload() {
    return payload;
  }

  static byte[] encode(Kind kind, long id, byte[] payload) {
    byte[] frame = framed(kind, id, payload.length);
    System.arraycopy(payload, 0, frame, PREFIX_BYTES + HEADER_BYTES, payload.length);
    return frame;
  }

  static byte[] encode(Kind kind, long id, MessageLite message) {
    int size = message.getSerializedSize();
    byte[] frame = framed(kind, id, size);
    try {
      CodedOutputStream out =
          CodedOutputStream.newInstance(frame, PREFIX_BYTES + HEADER_BYTES, size);
      message.writeTo(out);
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw new UncheckedIOException("Its size is known, so it fits", e);
    }
    return frame;
  }

  static byte[] refusal(long id, Throwable reason) {
    String text = reason.getMessage() == null ? reason.toString() : reason.getMessage();
    return encode(Kind.REFUSAL, id, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] framed(Kind kind, long id, int payloadBytes) {
    byte[] frame = new byte[PREFIX_BYTES + HEADER_BYTES + payloadBytes];
    ByteBuffer.wrap(frame).putInt(HEADER_BYTES + payloadBytes).put(kind.code).putLong(id);
    return frame;
  }

  /** Blocks for the whole frame. What is longer than it may be is refused before it is read. */
  static Frame read(DataInputStream in, int payloadBytesMax) throws IOException {
    int payloadBytes = in.readInt() - HEADER_BYTES;
    Kind kind = Kind.of(in.readByte());
    if (payloadBytes < 0 || payloadBytes > payloadBytesMax || kind == null) {
      throw new IOException("What arrived is no frame of a Raft server");
    }
    long id = in.readLong();
    byte[] payload = new byte[payloadBytes];
    in.readFully(payload);
    return new Frame(kind, id, payload);
  }

  /** The payload as a message of Ratis, which shares its bytes. */
  <M> M message(Parser<M> parser) throws IOException {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(payload);
    CodedInputStream in = bytes.newCodedInput();
    in.enableAliasing(true);
    return parser.parseFrom(in);
  }

  /** The payload of an answer; a refusal is an exception. */
  Frame orRefused() throws RefusedException {
    if (kind == Kind.REFUSAL) {
      throw new RefusedException(text());
    }
    return this;
  }

  String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }
}
