// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.io.Output;
import dev.holdfast.spi.Bytes;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From the declared type of a component to its codec. The types are known on both sides, so they
 * are not on the wire; only a sealed interface names its record, by Kryo id.
 */
final class FieldCodecs {
  private static final int FIRST_CAPACITY_MAX = 256;

  private final List<Class<?>> kinds;
  private final Function<Class<?>, RecordCodec> records;

  /**
   * @param kinds that have an id
   * @param records the codec of a record class, one per class
   */
  FieldCodecs(List<Class<?>> kinds, Function<Class<?>, RecordCodec> records) {
    this.kinds = kinds;
    this.records = records;
  }

  /**
   * @param where for the message: a type that cannot cross is an error of the programmer
   */
  FieldCodec of(Type type, String where) {
    if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return list(of(arguments[0], where));
      }
      if (generic.getRawType() == Set.class) {
        return set(of(arguments[0], where));
      }
      if (generic.getRawType() == Map.class) {
        return map(of(arguments[0], where), of(arguments[1], where));
      }
      throw unsupported(type, where);
    }
    if (!(type instanceof Class<?> plain)) {
      throw unsupported(type, where);
    }
    FieldCodec primitive = primitive(plain);
    if (primitive != null) {
      return plain.isPrimitive() ? primitive : nullable(primitive);
    }
    if (plain == String.class) {
      return nullable(TEXT);
    }
    if (plain == byte[].class) {
      return nullable(BYTE_ARRAY);
    }
    if (plain == Bytes.class) {
      return nullable(BYTES);
    }
    if (plain.isEnum()) {
      return nullable(constants(plain));
    }
    if (plain.isRecord()) {
      return nullable(record(plain));
    }
    if (plain.isInterface() && plain.isSealed()) {
      requireIds(plain, where);
      return nullable(alternatives(plain));
    }
    throw unsupported(type, where);
  }

  /** Known at start instead of at the first message that carries the forgotten one. */
  private void requireIds(Class<?> alternatives, String where) {
    for (Class<?> one : alternatives.getPermittedSubclasses()) {
      if (one.isInterface() && one.isSealed()) {
        requireIds(one, where);
      } else if (!kinds.contains(one)) {
        throw new IllegalArgumentException(
            where
                + " may be a "
                + one.getName()
                + ", which is not one of the records that may cross");
      }
    }
  }

  private static IllegalArgumentException unsupported(Type type, String where) {
    return new IllegalArgumentException(
        where
            + " has the type "
            + type.getTypeName()
            + ", which cannot cross the peer port. Use primitives, String, byte[], Bytes, enums,"
            + " records, sealed interfaces of registered records, or List, Set and Map of these;"
            + " @Nullable instead of Optional");
  }

  private static @Nullable FieldCodec primitive(Class<?> type) {
    if (type == int.class || type == Integer.class) {
      return codec(
          (out, value) -> out.writeVarInt((Integer) value, false), in -> in.readVarInt(false));
    }
    if (type == long.class || type == Long.class) {
      return codec(
          (out, value) -> out.writeVarLong((Long) value, false), in -> in.readVarLong(false));
    }
    if (type == boolean.class || type == Boolean.class) {
      return codec((out, value) -> out.writeBoolean((Boolean) value), FrameInput::readBoolean);
    }
    if (type == byte.class || type == Byte.class) {
      return codec((out, value) -> out.writeByte((Byte) value), FrameInput::readByte);
    }
    if (type == short.class || type == Short.class) {
      return codec((out, value) -> out.writeShort((Short) value), FrameInput::readShort);
    }
    if (type == double.class || type == Double.class) {
      return codec((out, value) -> out.writeDouble((Double) value), FrameInput::readDouble);
    }
    if (type == float.class || type == Float.class) {
      return codec((out, value) -> out.writeFloat((Float) value), FrameInput::readFloat);
    }
    return null;
  }

  private static final FieldCodec TEXT =
      codec(
          (out, value) -> {
            byte[] utf8 = ((String) value).getBytes(StandardCharsets.UTF_8);
            out.writeVarInt(utf8.length, true);
            out.writeBytes(utf8);
          },
          in -> {
            byte[] utf8 = in.readChecked(in.readVarInt(true));
            try {
              return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
            } catch (CharacterCodingException e) {
              throw new KryoException("A text is not UTF-8", e);
            }
          });

  private static final FieldCodec BYTE_ARRAY =
      codec(
          (out, value) -> {
            byte[] bytes = (byte[]) value;
            out.writeVarInt(bytes.length, true);
            out.writeBytes(bytes);
          },
          in -> in.readChecked(in.readVarInt(true)));

  private static final FieldCodec BYTES =
      codec(
          (out, value) -> {
            ByteBuffer bytes = ((Bytes) value).asBuffer();
            out.writeVarInt(bytes.remaining(), true);
            byte[] copy = new byte[Math.min(bytes.remaining(), 8 << 10)];
            while (bytes.hasRemaining()) {
              int part = Math.min(bytes.remaining(), copy.length);
              bytes.get(copy, 0, part);
              out.writeBytes(copy, 0, part);
            }
          },
          in -> Bytes.wrap(in.readChecked(in.readVarInt(true))));

  private static FieldCodec constants(Class<?> type) {
    Object[] constants = type.getEnumConstants();
    if (constants == null) {
      throw new IllegalArgumentException(type + " is no enum");
    }
    List<Object> inOrder = List.of(constants);
    return codec(
        (out, value) -> out.writeVarInt(inOrder.indexOf(value), true),
        in -> {
          int ordinal = in.readVarInt(true);
          if (ordinal < 0 || ordinal >= inOrder.size()) {
            throw new KryoException(type.getSimpleName() + " has no constant " + ordinal);
          }
          return inOrder.get(ordinal);
        });
  }

  private FieldCodec record(Class<?> type) {
    RecordCodec codec = records.apply(type);
    return new FieldCodec() {
      @Override
      public void write(Kryo kryo, Output out, @Nullable Object value) {
        codec.write(kryo, out, Objects.requireNonNull(value));
      }

      @Override
      public Object read(Kryo kryo, FrameInput in) {
        return codec.read(kryo, in);
      }
    };
  }

  private FieldCodec alternatives(Class<?> type) {
    return new FieldCodec() {
      @Override
      public void write(Kryo kryo, Output out, @Nullable Object value) {
        Class<?> chosen = Objects.requireNonNull(value).getClass();
        kryo.writeClass(out, chosen);
        records.apply(chosen).write(kryo, out, value);
      }

      @Override
      public Object read(Kryo kryo, FrameInput in) {
        Registration chosen = kryo.readClass(in);
        if (chosen == null || !type.isAssignableFrom(chosen.getType())) {
          throw new KryoException("That is no " + type.getSimpleName() + ": " + chosen);
        }
        return records.apply(chosen.getType()).read(kryo, in);
      }
    };
  }

  private static FieldCodec list(FieldCodec element) {
    return nullable(
        new FieldCodec() {
          @Override
          public void write(Kryo kryo, Output out, @Nullable Object value) {
            List<?> list = (List<?>) Objects.requireNonNull(value);
            out.writeVarInt(list.size(), true);
            list.forEach(one -> element.write(kryo, out, one));
          }

          @Override
          public Object read(Kryo kryo, FrameInput in) {
            int size = in.checkedSize(in.readVarInt(true));
            List<Object> list = new ArrayList<>(Math.min(size, FIRST_CAPACITY_MAX));
            for (int i = 0; i < size; i++) {
              list.add(present(element.read(kryo, in)));
            }
            return List.copyOf(list);
          }
        });
  }

  private static FieldCodec set(FieldCodec element) {
    return nullable(
        new FieldCodec() {
          @Override
          public void write(Kryo kryo, Output out, @Nullable Object value) {
            Set<?> set = (Set<?>) Objects.requireNonNull(value);
            out.writeVarInt(set.size(), true);
            set.forEach(one -> element.write(kryo, out, one));
          }

          @Override
          public Object read(Kryo kryo, FrameInput in) {
            int size = in.checkedSize(in.readVarInt(true));
            Set<Object> set = new LinkedHashSet<>();
            for (int i = 0; i < size; i++) {
              set.add(present(element.read(kryo, in)));
            }
            return Collections.unmodifiableSet(set);
          }
        });
  }

  private static FieldCodec map(FieldCodec key, FieldCodec element) {
    return nullable(
        new FieldCodec() {
          @Override
          public void write(Kryo kryo, Output out, @Nullable Object value) {
            Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(value);
            out.writeVarInt(map.size(), true);
            map.forEach((k, v) -> {
              key.write(kryo, out, k);
              element.write(kryo, out, v);
            });
          }

          @Override
          public Object read(Kryo kryo, FrameInput in) {
            int size = in.checkedSize(in.readVarInt(true));
            Map<Object, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < size; i++) {
              Object k = present(key.read(kryo, in));
              map.put(k, present(element.read(kryo, in)));
            }
            return Collections.unmodifiableMap(map);
          }
        });
  }

  private static Object present(@Nullable Object element) {
    if (element == null) {
      throw new KryoException("A collection has no null elements");
    }
    return element;
  }

  private static FieldCodec nullable(FieldCodec codec) {
    return new FieldCodec() {
      @Override
      public void write(Kryo kryo, Output out, @Nullable Object value) {
        out.writeByte(value == null ? 0 : 1);
        if (value != null) {
          codec.write(kryo, out, value);
        }
      }

      @Override
      public @Nullable Object read(Kryo kryo, FrameInput in) {
        return switch (in.readByte()) {
          case 0 -> null;
          case 1 -> codec.read(kryo, in);
          default -> throw new KryoException("A value is present (1) or not (0)");
        };
      }
    };
  }

  private static FieldCodec codec(
      BiConsumer<Output, Object> writer, Function<FrameInput, Object> reader) {
    return new FieldCodec() {
      @Override
      public void write(Kryo kryo, Output out, @Nullable Object value) {
        writer.accept(out, Objects.requireNonNull(value));
      }

      @Override
      public Object read(Kryo kryo, FrameInput in) {
        return reader.apply(in);
      }
    };
  }
}
