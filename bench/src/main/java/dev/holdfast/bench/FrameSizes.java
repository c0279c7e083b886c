// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Output;
import dev.holdfast.protocol.LockMode;
import dev.holdfast.protocol.frame.ClientFrame;
import dev.holdfast.protocol.frame.Frame;
import dev.holdfast.protocol.frame.FrameCodec;
import dev.holdfast.protocol.frame.ServerFrame;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** How large the frames of one lock pair are, payload alone, in each encoding. */
final class FrameSizes {
  private static final String SESSION = "n1-5f3c9a7be21d4c08";
  private static final String HOLDER = "h-1a2b3c4d";
  private static final String LOCK = "lock-spread-256-117";
  private static final long REVISION = 48_211_733;
  private static final long TOKEN = 48_211_733;
  private static final List<Frame> PAIR =
      List.of(
          new ClientFrame.Acquire(4_711, SESSION, HOLDER, LOCK, LockMode.EXCLUSIVE, -1, REVISION),
          new ServerFrame.Granted(
              4_711, SESSION, HOLDER, LOCK, TOKEN, REVISION, "http://127.0.0.1:7610"),
          new ClientFrame.Release(4_712, SESSION, HOLDER, LOCK, TOKEN),
          new ServerFrame.Released(4_712, SESSION, HOLDER, LOCK, REVISION + 1));

  private FrameSizes() {}

  static List<Row> measure() {
    int json = bytes(frame -> FrameCodec.JSON.encode(frame).length);
    int cbor = bytes(frame -> FrameCodec.CBOR.encode(frame).length);
    Kryo kryo = new Kryo();
    kryo.setRegistrationRequired(false);
    int kryoBytes =
        bytes(frame -> {
          Output output = new Output(256, 65_536);
          kryo.writeObject(output, frame);
          return output.position();
        });
    return List.of(row("JSON", json, json), row("CBOR", cbor, json), row("Kryo", kryoBytes, json));
  }

  private static int bytes(ToIntFunction<Frame> length) {
    return PAIR.stream().mapToInt(length).sum();
  }

  private static Row row(String encoding, int bytes, int json) {
    return new Row(
        encoding,
        RowName.FRAME_SIZE.text(),
        1,
        0,
        0,
        0,
        0,
        Map.of("bytes", (double) bytes, "percentOfJson", 100.0 * bytes / json));
  }
}
