// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import dev.holdfast.testkit.cluster.LocalNode;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bytes of a session socket, for clients that keep to no rule. */
final class RawFrames implements AutoCloseable {
  static final int CONTINUATION = 0;

  private static final int CLOSE = 8;
  private static final int TIMEOUT_MILLIS = 30_000;

  private final FrameCodec codec;
  private final Socket socket;
  private final DataInputStream in;

  RawFrames(LocalNode node, FrameCodec codec) throws IOException {
    this.codec = codec;
    this.socket = new Socket(InetAddress.getLoopbackAddress(), node.apiUri().getPort());
    socket.setSoTimeout(TIMEOUT_MILLIS);
    this.in = new DataInputStream(socket.getInputStream());
    raw(
        """
        GET /v1/session HTTP/1.1
        Host: %s
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Protocol: %s

        """
            .formatted(node.apiUri().getAuthority(), codec.subprotocol())
            .replace("\n", "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    if (!head.toString().startsWith("HTTP/1.1 101")) {
      throw new IOException(head.toString());
    }
  }

  int opcode() {
    return codec.isText() ? 1 : 2;
  }

  void message(byte[] payload) throws IOException {
    frame(true, opcode(), payload.length, payload);
  }

  /**
   * @param announced the length that the header tells, whatever the payload has
   */
  void frame(boolean last, int opcode, int announced, byte[] payload) throws IOException {
    // The mask is 0, which masks nothing. A length above 65,535 takes 8 bytes, one above 125 two.
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) ((last ? 0x80 : 0) | opcode));
    if (announced < 126) {
      frame.put((byte) (0x80 | announced));
    } else if (announced < 0x1_0000) {
      frame.put((byte) (0x80 | 126)).putShort((short) announced);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(announced);
    }
    frame.putInt(0).put(payload).flip();
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    raw(bytes);
  }

  /** Whatever it is. */
  void raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** The next answer of the node; where the leader is, it tells unasked. */
  ServerFrame next() throws IOException {
    while (true) {
      ServerFrame next = codec.decodeServer(read(opcode()));
      if (!(next instanceof ServerFrame.LeaderAt)) {
        return next;
      }
    }
  }

  /** Reads on to the close frame and tells its code. */
  int closeCode() throws IOException {
    return ByteBuffer.wrap(read(CLOSE)).getShort();
  }

  private byte[] read(int wanted) throws IOException {
    while (true) {
      int opcode = in.readUnsignedByte() & 0x0F;
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      }
      byte[] payload = in.readNBytes(length);
      if (opcode == wanted) {
        return payload;
      }
      if (opcode == CLOSE) {
        throw new EOFException("Closed with " + ByteBuffer.wrap(payload).getShort());
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
