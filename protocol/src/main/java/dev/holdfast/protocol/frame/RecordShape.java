// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_INVALID;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_MISSING;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_FIELD_UNKNOWN;
import static dev.holdfast.protocol.frame.FrameException.Code.FRAME_MALFORMED;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * How a record is written: as an object with its components' names, or as an array in their order.
 *
 * @param number first element of a frame's array, 0 for a record inside a frame
 * @param name value of a frame's {@code type}
 */
record RecordShape(
    int number, String name, Class<?> type, List<Field> fields, MethodHandle constructor) {

  /** One component. */
  record Field(String name, FieldCodec codec, MethodHandle accessor) {}

  static RecordShape of(int number, Class<? extends Record> type) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RecordComponent[] components = type.getRecordComponents();
      List<Field> fields = new ArrayList<>();
      for (RecordComponent component : components) {
        MethodHandle accessor = lookup.unreflect(component.getAccessor());
        fields.add(
            new Field(
                component.getName(),
                FieldCodec.of(component),
                accessor.asType(MethodType.methodType(Object.class, Object.class))));
      }
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      MethodHandle constructor =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, types))
              .asSpreader(Object[].class, types.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
      String simple = type.getSimpleName();
      String name = simple.substring(0, 1).toLowerCase(Locale.ROOT) + simple.substring(1);
      return new RecordShape(number, name, type, List.copyOf(fields), constructor);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("not a record of this package: " + type, e);
    }
  }

  void writeObject(JsonGenerator out, Object value) {
    out.writeStartObject();
    if (number > 0) {
      out.writeName("type");
      out.writeString(name);
    }
    for (Field field : fields) {
      out.writeName(field.name());
      field.codec().writeJson(out, read(field, value));
    }
    out.writeEndObject();
  }

  void writeArray(JsonGenerator out, Object value) {
    out.writeStartArray(value, fields.size() + (number > 0 ? 1 : 0));
    if (number > 0) {
      out.writeNumber(number);
    }
    for (Field field : fields) {
      field.codec().writeCbor(out, read(field, value));
    }
    out.writeEndArray();
  }

  /** Reads the members of an object whose start has been read. */
  Object readObject(JsonParser in) {
    @Nullable Object[] values = new Object[fields.size()];
    boolean typed = number == 0;
    while (true) {
      JsonToken token = in.nextToken();
      if (token == JsonToken.END_OBJECT) {
        break;
      }
      if (token != JsonToken.PROPERTY_NAME) {
        throw failure(FRAME_MALFORMED, "an object that ends early", values, null);
      }
      String member = String.valueOf(in.currentName());
      in.nextToken();
      if (!typed && member.equals("type") && in.currentToken() == JsonToken.VALUE_STRING) {
        typed = true;
        continue;
      }
      int index = indexOf(member);
      if (index < 0) {
        throw failure(FRAME_FIELD_UNKNOWN, "has no field \"" + cut(member) + "\"", values, null);
      }
      if (values[index] != null) {
        throw failure(FRAME_MALFORMED, "has \"" + member + "\" twice", values, null);
      }
      values[index] = value(in, index, values, true);
    }
    return build(values);
  }

  /** Reads the elements of an array whose start, and type number, have been read. */
  Object readArray(JsonParser in) {
    @Nullable Object[] values = new Object[fields.size()];
    for (int i = 0; i < values.length; i++) {
      if (in.nextToken() == JsonToken.END_ARRAY) {
        throw failure(FRAME_FIELD_MISSING, "ends before " + fields.get(i).name(), values, null);
      }
      values[i] = value(in, i, values, false);
    }
    if (in.nextToken() != JsonToken.END_ARRAY) {
      throw failure(
          FRAME_FIELD_UNKNOWN, "has more than its " + values.length + " fields", values, null);
    }
    return build(values);
  }

  private Object value(JsonParser in, int index, @Nullable Object[] values, boolean json) {
    Field field = fields.get(index);
    try {
      return json ? field.codec().readJson(in) : field.codec().readCbor(in);
    } catch (FieldException e) {
      throw failure(e.code(), field.name() + " " + e.getMessage(), values, e);
    }
  }

  private Object build(@Nullable Object[] values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        throw failure(FRAME_FIELD_MISSING, "lacks " + fields.get(i).name(), values, null);
      }
    }
    try {
      return constructor.invokeExact(values);
    } catch (IllegalArgumentException e) {
      throw failure(FRAME_FIELD_INVALID, String.valueOf(e.getMessage()), values, e);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a record's constructor throws nothing checked", e);
    }
  }

  private FrameException failure(
      FrameException.Code code, String what, @Nullable Object[] values, @Nullable Throwable e) {
    boolean hasRequest = !fields.isEmpty() && fields.get(0).name().equals("request");
    long request = hasRequest && values[0] instanceof Long known ? known : 0;
    return new FrameException(code, name + ": " + what, request, e);
  }

  private int indexOf(String member) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(member)) {
        return i;
      }
    }
    return -1;
  }

  private static Object read(Field field, Object value) {
    try {
      return (Object) field.accessor().invokeExact(value);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a record's accessor throws nothing checked", e);
    }
  }

  private static String cut(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}
