// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.KryoBufferOverflowException;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.util.Pool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Messages to bytes and back: the only place that makes a Kryo. Only registered records cross, each
 * by its id; their components are written by the types that they declare ({@link FieldCodecs}), so
 * no byte from outside names a class beyond the list, and Kryo's own serializers, which trust the
 * lengths that they read, never run. Thread-safe.
 */
final class PeerCodec {
  private static final int POOLED_MAX = 64;
  private static final int FIRST_BUFFER_BYTES = 512;

  private final PeerKinds kinds;
  private final Map<Class<?>, RecordCodec> records = new ConcurrentHashMap<>();
  private final Pool<Kryo> kryos;

  PeerCodec(PeerKinds kinds) {
    this.kinds = kinds;
    for (Class<?> kind : kinds.byId().values()) {
      if (kind.isRecord()) {
        record(kind);
      } else if (!kind.isEnum()) {
        throw new IllegalArgumentException(kind + " crosses the peer port, so it must be a record");
      }
    }
    kryos =
        new Pool<>(true, false, POOLED_MAX) {
          @Override
          protected Kryo create() {
            return newKryo();
          }
        };
  }

  boolean knows(Class<?> kind) {
    return kinds.byId().containsValue(kind);
  }

  private RecordCodec record(Class<?> type) {
    RecordCodec known = records.get(type);
    if (known != null) {
      return known;
    }
    RecordCodec codec = new RecordCodec(type);
    RecordCodec raced = records.putIfAbsent(type, codec);
    if (raced != null) {
      return raced;
    }
    codec.resolve(new FieldCodecs(List.copyOf(kinds.byId().values()), this::record));
    return codec;
  }

  private Kryo newKryo() {
    Kryo kryo = new Kryo();
    kryo.setRegistrationRequired(true);
    kryo.setReferences(false);
    kryo.setMaxDepth(FrameInput.DEPTH_MAX);
    kinds
        .byId()
        .forEach((id, kind) -> {
          if (kind.isRecord()) {
            kryo.register(kind, new RecordSerializer(record(kind)), id);
          } else {
            kryo.register(kind, new Refusing(), id);
          }
        });
    return kryo;
  }

  /**
   * @param room bytes left free at the front, for an envelope
   * @throws IllegalArgumentException not a registered record, or larger than a frame
   */
  byte[] encode(Object message, int room) {
    Kryo kryo = kryos.obtain();
    try (Output out = new Output(FIRST_BUFFER_BYTES, PeerLimits.FRAME_BYTES_MAX)) {
      out.setPosition(room);
      kryo.writeClassAndObject(out, message);
      return out.toBytes();
    } catch (KryoBufferOverflowException e) {
      throw new IllegalArgumentException(
          "A message to another node has at most %d bytes, this %s has more"
              .formatted(PeerLimits.FRAME_BYTES_MAX, message.getClass().getSimpleName()),
          e);
    } finally {
      kryos.free(kryo);
    }
  }

  /**
   * @throws KryoException the bytes are not exactly one registered record
   */
  Object decode(byte[] bytes, int offset) {
    Kryo kryo = kryos.obtain();
    try (FrameInput in = new FrameInput(bytes, offset, bytes.length - offset)) {
      Registration kind = kryo.readClass(in);
      if (kind == null || kind.getId() < PeerKinds.FIRST_ID || !kind.getType().isRecord()) {
        throw new KryoException("A message is a registered record, not " + kind);
      }
      Object message = record(kind.getType()).read(kryo, in);
      in.requireEnd();
      return message;
    } catch (KryoException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new KryoException("The message cannot be read", e);
    } finally {
      kryo.reset();
      kryos.free(kryo);
    }
  }

  /** An enum keeps its place in the list, and travels as a component only. */
  private static final class Refusing extends Serializer<Object> {
    @Override
    public void write(Kryo kryo, Output out, Object value) {
      throw new KryoException("A message is a record, not " + value);
    }

    @Override
    public Object read(Kryo kryo, Input in, Class<? extends Object> type) {
      throw new KryoException("A message is a record, not a " + type.getSimpleName());
    }
  }

  /** Kryo's view of a record. */
  private static final class RecordSerializer extends Serializer<Object> {
    private final RecordCodec codec;

    RecordSerializer(RecordCodec codec) {
      super(false, true);
      this.codec = codec;
    }

    @Override
    public void write(Kryo kryo, Output out, Object record) {
      codec.write(kryo, out, record);
    }

    @Override
    public Object read(Kryo kryo, Input in, Class<? extends Object> type) {
      if (in instanceof FrameInput frame) {
        return codec.read(kryo, frame);
      }
      throw new KryoException("Only frames are read");
    }
  }
}
