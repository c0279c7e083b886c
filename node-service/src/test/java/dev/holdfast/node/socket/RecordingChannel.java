package dev.holdfast.node.socket;

import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client that only listens: what was sent to it, decoded. */
final class RecordingChannel implements WebSocketChannelHandle {
  private final List<ServerFrame> frames = new CopyOnWriteArrayList<>();

  FrameChannel asFrameChannel() {
    return new FrameChannel(this, FrameCodec.CBOR);
  }

  List<ServerFrame> frames() {
    return List.copyOf(frames);
  }

  <F extends ServerFrame> List<F> frames(Class<F> kind) {
    return frames.stream().filter(kind::isInstance).map(kind::cast).toList();
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
    return true;
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
    throw new AssertionError(code + " " + reason);
  }
}
