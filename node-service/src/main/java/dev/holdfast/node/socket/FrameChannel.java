package dev.holdfast.node.socket;

import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.WebSocketChannelHandle;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import java.nio.charset.StandardCharsets;

/** Frames to one client, in the encoding that it chose. Thread-safe, never blocks. */
final class FrameChannel {
  private final WebSocketChannelHandle channel;
  final FrameCodec codec;

  FrameChannel(WebSocketChannelHandle channel, FrameCodec codec) {
    this.channel = channel;
    this.codec = codec;
  }

  /** Does nothing once the connection is closed: the client will ask again elsewhere. */
  void send(ServerFrame frame) {
    byte[] bytes = codec.encode(frame);
    if (codec.isText()) {
      channel.sendText(new String(bytes, StandardCharsets.UTF_8));
    } else {
      channel.sendBinary(bytes);
    }
  }

  /** Tells that a request was refused. */
  void fail(long request, ProblemException e, boolean retry) {
    send(new ServerFrame.Failed(request, e.status(), e.code(), e.detail(), e.next(), retry));
  }

  void close(int code, String reason) {
    channel.close(code, reason);
  }

  String client() {
    return channel.remoteAddress();
  }
}
