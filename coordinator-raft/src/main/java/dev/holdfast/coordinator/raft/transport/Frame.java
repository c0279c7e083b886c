// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedInputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.apache.ratis.thirdparty.com.google.protobuf.MessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.Parser;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * One message: four bytes of length of what follows, one of kind, eight of id, eight that say what
 * its sender has read of this connection ({@link #weight}), the payload.
 */
final class Frame {
  private static final int PREFIX_BYTES = 4;
  private static final int HEADER_BYTES = 1 + 8 + 8;
  private static final int READ_AT = PREFIX_BYTES + 1 + 8;

  /** What the kernel spends on a short frame beside its bytes, rounded up. */
  private static final int OVERHEAD_BYTES = 2_048;

  /** The kinds with the most bytes that a payload of each has; a longer frame is garbage. */
  enum Kind {
    /** AppendEntriesRequestProto, answered by its reply. Entries of 4 MiB at most. */
    APPEND(2, 8 << 20),
    /** As {@link #APPEND}, without entries and without an answer: what is committed by now. */
    NOTICE(3, 64 << 10),
    /** InstallSnapshotRequestProto, a piece of a snapshot: 1 MiB of it. */
    SNAPSHOT(4, 2 << 20),
    /** RequestVoteRequestProto. */
    VOTE(5, 64 << 10),
    /** StartLeaderElectionRequestProto. */
    ELECT(6, 64 << 10),
    /** SetConfigurationRequestProto, answered by a RaftClientReplyProto. */
    CONFIGURE(7, 1 << 20),
    /** TransferLeadershipRequestProto, answered by a RaftClientReplyProto. */
    TRANSFER(8, 64 << 10),
    /** A batch for the log, answered by what its application answered. */
    PROPOSE(9, 4 << 20),
    /** A question outside of the log. */
    ASK(10, 4 << 10),
    /** The answer to a call. That to a batch has 2 MiB of values, and all keys that failed. */
    ANSWER(11, 8 << 20),
    /** Why a call, or with id 0 the whole connection, is refused; text. */
    REFUSAL(12, 64 << 10);

    private final byte code;
    private final int payloadBytesMax;

    Kind(int code, int payloadBytesMax) {
      this.code = (byte) code;
      this.payloadBytesMax = payloadBytesMax;
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
  private final long read;
  private final byte[] payload;

  private Frame(Kind kind, long id, long read, byte[] payload) {
    this.kind = kind;
    this.id = id;
    this.read = read;
    this.payload = payload;
  }

  Kind kind() {
    return kind;
  }

  /** Of a call, unique on its connection; its answer repeats it. */
  long id() {
    return id;
  }

  /** The weights of all frames that its sender had read of this connection. */
  long read() {
    return read;
  }

  /** What the frame takes in the buffers of the kernels, at most. */
  int weight() {
    return weight(PREFIX_BYTES + HEADER_BYTES + payload.length);
  }

  static int weight(int frameBytes) {
    return frameBytes + OVERHEAD_BYTES;
  }

  /** Writes into an encoded frame what its sender has read. */
  static void stamp(byte[] frame, long read) {
    ByteBuffer.wrap(frame).putLong(READ_AT, read);
  }

  /** Not a copy. */
  byte[] payload() {
    return payload;
  }

  int payloadBytes() {
    return payload.length;
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
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return encode(
        Kind.REFUSAL,
        id,
        Arrays.copyOf(bytes, Math.min(bytes.length, Kind.REFUSAL.payloadBytesMax)));
  }

  private static byte[] framed(Kind kind, long id, int payloadBytes) {
    byte[] frame = new byte[PREFIX_BYTES + HEADER_BYTES + payloadBytes];
    ByteBuffer.wrap(frame).putInt(HEADER_BYTES + payloadBytes).put(kind.code).putLong(id);
    return frame;
  }

  /** As much of a frame as must be known before memory is given for the rest. */
  record Head(Kind kind, long id, long read, int payloadBytes) {
    /** Blocks for it. What is longer than its kind may be is refused before it is read. */
    static Head read(DataInputStream in) throws IOException {
      int payloadBytes = in.readInt() - HEADER_BYTES;
      Kind kind = Kind.of(in.readByte());
      if (kind == null || payloadBytes < 0 || payloadBytes > kind.payloadBytesMax) {
        throw new IOException("What arrived is no frame of a Raft server");
      }
      return new Head(kind, in.readLong(), in.readLong(), payloadBytes);
    }

    /** Blocks for the rest. */
    Frame rest(DataInputStream in) throws IOException {
      byte[] payload = new byte[payloadBytes];
      in.readFully(payload);
      return new Frame(kind, id, read, payload);
    }
  }

  /** Blocks for the whole frame. */
  static Frame read(DataInputStream in) throws IOException {
    return Head.read(in).rest(in);
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
