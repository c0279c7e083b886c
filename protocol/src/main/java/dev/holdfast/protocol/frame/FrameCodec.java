// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_INVALID;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_MISSING;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_MALFORMED;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_TOO_LARGE;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.dataformat.cbor.CBORFactory;

/**
 * Frames to bytes and back, in one of two encodings. JSON: an object with {@code type} and the
 * fields by name, sent as a text message. CBOR: an array of the type's number and the fields in
 * their order; one or more of these are sent as a binary message (RFC 8742). Decoding is strict:
 * what the protocol does not name is a {@link FrameException}, but for whole frames of a node that
 * is newer than its client. Thread-safe.
 */
public enum FrameCodec {
  JSON("holdfast.v1.json", true) {
    @Override
    void write(JsonGenerator out, Frame frame) {
      FrameTypes.of(frame).writeObject(out, frame);
    }

    @Override
    void read(byte[] bytes, Direction direction, Consumer<Object> to) {
      String type = typeOf(bytes);
      if (direction.skipsUnknown && !FrameTypes.isKnown(type)) {
        return;
      }
      RecordShape shape = FrameTypes.named(type, direction.frames);
      try (JsonParser in = parser(bytes)) {
        in.nextToken();
        Object frame = shape.readObject(in);
        if (in.nextToken() != null) {
          throw new FrameException(FRAME_MALFORMED, "something follows the frame", 0, null);
        }
        to.accept(frame);
      }
    }
  },

  CBOR("holdfast.v1.cbor", false) {
    @Override
    void write(JsonGenerator out, Frame frame) {
      FrameTypes.of(frame).writeArray(out, frame);
    }

    @Override
    void read(byte[] bytes, Direction direction, Consumer<Object> to) {
      try (JsonParser in = parser(bytes)) {
        JsonToken start = in.nextToken();
        do {
          if (start != JsonToken.START_ARRAY) {
            throw new FrameException(FRAME_MALFORMED, "a frame is an array", 0, null);
          }
          if (in.nextToken() != JsonToken.VALUE_NUMBER_INT) {
            throw new FrameException(FRAME_FIELD_MISSING, "a frame begins with its type", 0, null);
          }
          long type = in.getLongValue();
          if (direction.skipsUnknown && !FrameTypes.isKnown(type)) {
            skipArray(in);
          } else {
            to.accept(FrameTypes.numbered(type, direction.frames).readArray(in));
          }
          start = in.nextToken();
        } while (start != null);
      }
    }
  };

  /** Who speaks, and whether what this version does not know is passed over. */
  enum Direction {
    CLIENT(ClientFrame.class, false),
    NODE(ServerFrame.class, false),
    NEWER_NODE(ServerFrame.class, true);

    final Class<? extends Frame> frames;
    final boolean skipsUnknown;

    Direction(Class<? extends Frame> frames, boolean skipsUnknown) {
      this.frames = frames;
      this.skipsUnknown = skipsUnknown;
    }
  }

  // A frame is at most a list of records: three levels. One more, so that the error is ours.
  private static final int MAX_DEPTH = 4;
  private static final int USUAL_FRAME_BYTES = 256;
  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder()
          .maxNestingDepth(MAX_DEPTH)
          .maxStringLength(FrameLimits.MAX_FRAME_BYTES)
          .maxNumberLength(20)
          .build();

  private final String subprotocol;
  private final boolean text;

  FrameCodec(String subprotocol, boolean text) {
    this.subprotocol = subprotocol;
    this.text = text;
  }

  /** The codec of a {@code Sec-WebSocket-Protocol}, empty when there is none of that name. */
  public static Optional<FrameCodec> forSubprotocol(String subprotocol) {
    for (FrameCodec codec : values()) {
      if (codec.subprotocol.equals(subprotocol)) {
        return Optional.of(codec);
      }
    }
    return Optional.empty();
  }

  public String subprotocol() {
    return subprotocol;
  }

  /** True when frames travel as text messages (their bytes are UTF-8), false for binary ones. */
  public boolean isText() {
    return text;
  }

  /**
   * @throws FrameException when a field, or the whole, is above its limit: nothing was sent
   */
  public byte[] encode(Frame frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(USUAL_FRAME_BYTES);
    try (JsonGenerator out = factory().createGenerator(ObjectWriteContext.empty(), bytes)) {
      write(out, frame);
    } catch (FieldException e) {
      throw new FrameException(e.code(), FrameTypes.of(frame).name() + " " + e.getMessage(), 0, e);
    } catch (JacksonException e) {
      throw new FrameException(FRAME_FIELD_INVALID, e.getOriginalMessage(), 0, e);
    }
    limit(bytes.size());
    return bytes.toByteArray();
  }

  /** Reads the frames that a client sent in one message, in their order; as {@link #decode}. */
  public void decodeClient(byte[] message, Consumer<ClientFrame> to) {
    decode(message, Direction.CLIENT, frame -> to.accept((ClientFrame) frame));
  }

  /**
   * Reads the frames that a node sent in one message, in their order; as {@link #decode}, but those
   * of a type that this version does not know are left out: the node is newer.
   */
  public void decodeServer(byte[] message, Consumer<ServerFrame> to) {
    decode(message, Direction.NEWER_NODE, frame -> to.accept((ServerFrame) frame));
  }

  /** Reads a message of one frame of a client. */
  public ClientFrame decodeClient(byte[] message) {
    return (ClientFrame) single(message, Direction.CLIENT);
  }

  /** Reads a message of one frame of a node, whose type must be known. */
  public ServerFrame decodeServer(byte[] message) {
    return (ServerFrame) single(message, Direction.NODE);
  }

  private Object single(byte[] message, Direction direction) {
    List<Object> frames = new ArrayList<>(1);
    decode(message, direction, frames::add);
    if (frames.size() != 1) {
      throw new FrameException(FRAME_MALFORMED, "something follows the frame", 0, null);
    }
    return frames.get(0);
  }

  /**
   * @throws FrameException at the first frame that cannot be read; those before it were handed on,
   *     those behind it are lost
   */
  private void decode(byte[] bytes, Direction direction, Consumer<Object> to) {
    limit(bytes.length);
    try {
      read(bytes, direction, to);
    } catch (JacksonException e) {
      throw new FrameException(FRAME_MALFORMED, e.getOriginalMessage(), 0, e);
    }
  }

  abstract void write(JsonGenerator out, Frame frame);

  abstract void read(byte[] bytes, Direction direction, Consumer<Object> to);

  /** The rest of an array whose beginning was read. */
  private static void skipArray(JsonParser in) {
    for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
      if (token == null) {
        throw new FrameException(FRAME_MALFORMED, "a frame that ends early", 0, null);
      }
      in.skipChildren();
    }
  }

  JsonParser parser(byte[] bytes) {
    if (text) {
      requireUtf8(bytes);
      return Factories.JSON.createParser(ObjectReadContext.empty(), bytes);
    }
    CborCheck.check(bytes);
    return Factories.CBOR.createParser(ObjectReadContext.empty(), bytes);
  }

  /** Jackson guesses UTF-16 and UTF-32 from their zeros, and passes over a byte order mark. */
  private static void requireUtf8(byte[] bytes) {
    for (int i = 0; i < Math.min(4, bytes.length); i++) {
      if (bytes[i] <= 0) {
        throw new FrameException(FRAME_MALFORMED, "a frame begins with UTF-8, {", 0, null);
      }
    }
  }

  private TokenStreamFactory factory() {
    return text ? Factories.JSON : Factories.CBOR;
  }

  /**
   * A JSON object may have its {@code type} anywhere: this looks for it before the real reading.
   */
  String typeOf(byte[] bytes) {
    try (JsonParser in = parser(bytes)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new FrameException(FRAME_MALFORMED, "a frame is an object", 0, null);
      }
      while (in.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean isType = "type".equals(in.currentName());
        JsonToken value = in.nextToken();
        if (isType && value == JsonToken.VALUE_STRING) {
          return in.getString();
        }
        in.skipChildren();
      }
      throw new FrameException(FRAME_FIELD_MISSING, "a frame has a \"type\"", 0, null);
    }
  }

  private static void limit(int bytes) {
    if (bytes > FrameLimits.MAX_FRAME_BYTES) {
      throw new FrameException(
          FRAME_TOO_LARGE,
          "a frame of " + bytes + " bytes, above " + FrameLimits.MAX_FRAME_BYTES,
          0,
          null);
    }
  }

  /** Apart from the enum, whose constructors run before its static fields are set. */
  private static final class Factories {
    static final TokenStreamFactory JSON =
        JsonFactory.builder().streamReadConstraints(CONSTRAINTS).build();
    static final TokenStreamFactory CBOR =
        CBORFactory.builder().streamReadConstraints(CONSTRAINTS).build();
  }
}
