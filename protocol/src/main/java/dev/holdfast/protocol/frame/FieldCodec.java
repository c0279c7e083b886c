// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_INVALID;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_TOO_LONG;

import dev.holdfast.protocol.LockMode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.InputCoercionException;

/** Writes and reads the values of one kind of field. Stands on the value's first token to read. */
interface FieldCodec {
  /** For the reference: what a reader of the protocol must know about the kind. */
  String kind();

  void writeJson(JsonGenerator out, Object value);

  Object readJson(JsonParser in);

  default void writeCbor(JsonGenerator out, Object value) {
    writeJson(out, value);
  }

  default Object readCbor(JsonParser in) {
    return readJson(in);
  }

  static FieldCodec of(RecordComponent component) {
    Class<?> type = component.getType();
    Limit limit = component.getAnnotation(Limit.class);
    Lowest lowest = component.getAnnotation(Lowest.class);
    if (type == long.class) {
      return new Whole(lowest == null ? 0 : lowest.value());
    }
    if (type == boolean.class) {
      return new Flag();
    }
    if (type == LockMode.class) {
      return new Mode();
    }
    if (type == HandleState.Standing.class) {
      return new Standing();
    }
    if (type == String.class && limit != null) {
      return new Text(limit.value());
    }
    if (type == Blob.class && limit != null) {
      return new Binary(limit.value());
    }
    if (type == List.class && limit != null) {
      ParameterizedType list = (ParameterizedType) component.getGenericType();
      Class<?> element = (Class<?>) list.getActualTypeArguments()[0];
      return new Records(limit.value(), RecordShape.of(0, element.asSubclass(Record.class)));
    }
    throw new AssertionError("a field without a codec, or a text without a limit: " + component);
  }

  private static void expect(JsonParser in, JsonToken token, String what) {
    if (in.currentToken() != token) {
      throw new FieldException(FRAME_FIELD_INVALID, "must be " + what);
    }
  }

  /** A whole number of 64 bits. */
  record Whole(long lowest) implements FieldCodec {
    @Override
    public String kind() {
      return lowest == 0 ? "integer" : "integer ≥ " + lowest;
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeNumber((long) value);
    }

    @Override
    public Object readJson(JsonParser in) {
      expect(in, JsonToken.VALUE_NUMBER_INT, "a whole number");
      long value;
      try {
        value = in.getLongValue();
      } catch (InputCoercionException e) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be a number of 64 bits");
      }
      if (value < lowest) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be at least " + lowest);
      }
      return value;
    }
  }

  record Flag() implements FieldCodec {
    @Override
    public String kind() {
      return "boolean";
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeBoolean((boolean) value);
    }

    @Override
    public Object readJson(JsonParser in) {
      if (in.currentToken() != JsonToken.VALUE_TRUE && in.currentToken() != JsonToken.VALUE_FALSE) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be true or false");
      }
      return in.currentToken() == JsonToken.VALUE_TRUE;
    }
  }

  record Text(int maxBytes) implements FieldCodec {
    @Override
    public String kind() {
      return "text ≤ " + maxBytes + " bytes";
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeString(checked((String) value));
    }

    @Override
    public Object readJson(JsonParser in) {
      expect(in, JsonToken.VALUE_STRING, "a text");
      return checked(in.getString());
    }

    private String checked(String text) {
      // A char is at least one byte in UTF-8, so most texts need no second look.
      if (text.length() > maxBytes
          || (text.length() * 3L > maxBytes
              && text.getBytes(StandardCharsets.UTF_8).length > maxBytes)) {
        throw tooLong(text.getBytes(StandardCharsets.UTF_8).length, maxBytes);
      }
      return text;
    }
  }

  /** JSON: base64. CBOR: a byte string. */
  record Binary(int maxBytes) implements FieldCodec {
    @Override
    public String kind() {
      return "bytes ≤ " + maxBytes;
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeBinary(checked(((Blob) value).array()));
    }

    @Override
    public Object readJson(JsonParser in) {
      expect(in, JsonToken.VALUE_STRING, "base64");
      try {
        return Blob.wrap(checked(in.getBinaryValue()));
      } catch (JacksonException e) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be base64");
      }
    }

    @Override
    public Object readCbor(JsonParser in) {
      expect(in, JsonToken.VALUE_EMBEDDED_OBJECT, "a byte string");
      return Blob.wrap(checked(in.getBinaryValue()));
    }

    private byte[] checked(byte @Nullable [] bytes) {
      if (bytes == null) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be a byte string");
      }
      if (bytes.length > maxBytes) {
        throw tooLong(bytes.length, maxBytes);
      }
      return bytes;
    }
  }

  /** JSON: its text. CBOR: 0 exclusive, 1 shared, [n, max] permits. */
  record Mode() implements FieldCodec {
    @Override
    public String kind() {
      return "mode";
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeString(((LockMode) value).text());
    }

    @Override
    public Object readJson(JsonParser in) {
      expect(in, JsonToken.VALUE_STRING, "a text");
      try {
        return LockMode.parse(in.getString());
      } catch (IllegalArgumentException e) {
        throw new FieldException(FRAME_FIELD_INVALID, "is wrong: " + e.getMessage());
      }
    }

    @Override
    public void writeCbor(JsonGenerator out, Object value) {
      if (value instanceof LockMode.Permits permits) {
        out.writeStartArray(value, 2);
        out.writeNumber(permits.permits());
        out.writeNumber(permits.max());
        out.writeEndArray();
      } else {
        out.writeNumber(value.equals(LockMode.EXCLUSIVE) ? 0 : 1);
      }
    }

    @Override
    public Object readCbor(JsonParser in) {
      if (in.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        long number = (long) new Whole(0).readJson(in);
        if (number > 1) {
          throw new FieldException(FRAME_FIELD_INVALID, "must be 0, 1 or [n, max]");
        }
        return number == 0 ? LockMode.EXCLUSIVE : LockMode.SHARED;
      }
      expect(in, JsonToken.START_ARRAY, "0, 1 or [n, max]");
      in.nextToken();
      long permits = (long) new Whole(1).readJson(in);
      in.nextToken();
      long max = (long) new Whole(1).readJson(in);
      in.nextToken();
      expect(in, JsonToken.END_ARRAY, "0, 1 or [n, max]");
      try {
        return new LockMode.Permits(Math.toIntExact(permits), Math.toIntExact(max));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new FieldException(FRAME_FIELD_INVALID, "is wrong: " + e.getMessage());
      }
    }
  }

  /** JSON: its name in lower case. CBOR: its number. */
  record Standing() implements FieldCodec {
    @Override
    public String kind() {
      return "standing";
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      out.writeString(((HandleState.Standing) value).name().toLowerCase(Locale.ROOT));
    }

    @Override
    public Object readJson(JsonParser in) {
      expect(in, JsonToken.VALUE_STRING, "a text");
      String text = in.getString();
      for (HandleState.Standing standing : HandleState.Standing.values()) {
        if (standing.name().toLowerCase(Locale.ROOT).equals(text)) {
          return standing;
        }
      }
      throw new FieldException(FRAME_FIELD_INVALID, "must be held, queued or absent");
    }

    @Override
    @SuppressWarnings("EnumOrdinal") // The order is the protocol: it says so at the enum.
    public void writeCbor(JsonGenerator out, Object value) {
      out.writeNumber(((HandleState.Standing) value).ordinal());
    }

    @Override
    public Object readCbor(JsonParser in) {
      HandleState.Standing[] all = HandleState.Standing.values();
      long number = (long) new Whole(0).readJson(in);
      if (number >= all.length) {
        throw new FieldException(FRAME_FIELD_INVALID, "must be less than " + all.length);
      }
      return all[(int) number];
    }
  }

  /** A list of records of one kind. */
  record Records(int maxSize, RecordShape shape) implements FieldCodec {
    @Override
    public String kind() {
      return "list ≤ " + maxSize + " of " + shape.name();
    }

    @Override
    public void writeJson(JsonGenerator out, Object value) {
      List<?> list = checked((List<?>) value);
      out.writeStartArray(value, list.size());
      list.forEach(element -> shape.writeObject(out, element));
      out.writeEndArray();
    }

    @Override
    public void writeCbor(JsonGenerator out, Object value) {
      List<?> list = checked((List<?>) value);
      out.writeStartArray(value, list.size());
      list.forEach(element -> shape.writeArray(out, element));
      out.writeEndArray();
    }

    @Override
    public Object readJson(JsonParser in) {
      return read(in, JsonToken.START_OBJECT, "a list of objects");
    }

    @Override
    public Object readCbor(JsonParser in) {
      return read(in, JsonToken.START_ARRAY, "a list of lists");
    }

    private List<Object> read(JsonParser in, JsonToken start, String what) {
      expect(in, JsonToken.START_ARRAY, what);
      List<Object> list = new ArrayList<>();
      while (in.nextToken() != JsonToken.END_ARRAY) {
        expect(in, start, what);
        list.add(start == JsonToken.START_OBJECT ? shape.readObject(in) : shape.readArray(in));
        checked(list);
      }
      return list;
    }

    private <T> List<T> checked(List<T> list) {
      if (list.size() > maxSize) {
        throw new FieldException(FRAME_FIELD_TOO_LONG, "has more than " + maxSize + " entries");
      }
      return list;
    }
  }

  private static FieldException tooLong(int bytes, int maxBytes) {
    return new FieldException(
        FRAME_FIELD_TOO_LONG, "is longer than " + maxBytes + " bytes: it has " + bytes);
  }
}
