// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.socket;

import dev.holdfast.node.http.SocketMemory;
import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.node.principal.Principal;
import dev.holdfast.node.websocket.CloseCode;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client that only listens: what was sent to it, decoded. */
class RecordingChannel implements WebSocketChannelHandle {
  private final List<ServerFrame> frames = new CopyOnWriteArrayList<>();
  private final SocketMemory all = SocketMemory.standard();
  private final SocketMemory.Account memory = all.open();
  private volatile int closedWith;

  FrameChannel asFrameChannel() {
    return new FrameChannel(this, FrameCodec.CBOR, System::nanoTime);
  }

  List<ServerFrame> frames() {
    return List.copyOf(frames);
  }

  <F extends ServerFrame> List<F> frames(Class<F> kind) {
    return frames.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** 0 as long as it is open. */
  int closedWith() {
    return closedWith;
  }

  /** Of messages whose requests are under way. */
  long pendingBytes() {
    return all.pendingBytes();
  }

  @Override
  public Principal principal() {
    return Principal.ANONYMOUS;
  }

  @Override
  public SocketMemory.Account memory() {
    return memory;
  }

  @Override
  public String subprotocol() {
    return FrameCodec.CBOR.subprotocol();
  }

  @Override
  public String remoteAddress() {
    return "test";
  }

  @Override
  public boolean isOpen() {
    return closedWith == 0;
  }

  @Override
  public boolean sendText(String text) {
    throw new AssertionError("CBOR is sent in binary messages");
  }

  @Override
  public boolean sendBinary(byte[] bytes) {
    FrameCodec.CBOR.decodeServer(bytes, frames::add);
    return true;
  }

  @Override
  public void close(int code, String reason) {
    if (code != CloseCode.GOING_AWAY) {
      throw new AssertionError(code + " " + reason);
    }
    closedWith = code;
  }
}
