// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Output;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One record class: its components in their order, and its constructor, which checks the values.
 */
final class RecordCodec {
  private final Class<?> type;
  private MethodHandle[] accessors = new MethodHandle[0];
  private FieldCodec[] fields = new FieldCodec[0];
  private @Nullable MethodHandle constructor;

  RecordCodec(Class<?> type) {
    this.type = type;
  }

  /** Apart from the constructor, since a record may contain itself. */
  void resolve(FieldCodecs codecs) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class[]::new);
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      Constructor<?> canonical = type.getDeclaredConstructor(types);
      canonical.setAccessible(true);
      constructor =
          lookup
              .unreflectConstructor(canonical)
              .asSpreader(Object[].class, types.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
      accessors = new MethodHandle[types.length];
      fields = new FieldCodec[types.length];
      for (int i = 0; i < types.length; i++) {
        Method accessor = components[i].getAccessor();
        accessor.setAccessible(true);
        accessors[i] =
            lookup.unreflect(accessor).asType(MethodType.methodType(Object.class, Object.class));
        fields[i] =
            codecs.of(
                components[i].getGenericType(),
                type.getSimpleName() + "." + components[i].getName());
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " is not a record that can be read and made", e);
    }
  }

  void write(Kryo kryo, Output out, Object record) {
    for (int i = 0; i < fields.length; i++) {
      fields[i].write(kryo, out, component(i, record));
    }
  }

  private @Nullable Object component(int i, Object record) {
    try {
      return (Object) accessors[i].invokeExact(record);
    } catch (Throwable e) {
      throw new KryoException("An accessor of " + type.getSimpleName() + " failed", e);
    }
  }

  Object read(Kryo kryo, FrameInput in) {
    in.enter();
    @Nullable Object[] values = new @Nullable Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      values[i] = fields[i].read(kryo, in);
    }
    in.leave();
    MethodHandle make = constructor;
    if (make == null) {
      throw new IllegalStateException(type + " was not resolved");
    }
    try {
      return (Object) make.invokeExact(values);
    } catch (Throwable e) {
      throw new KryoException(
          "A " + type.getSimpleName() + " cannot have these values: " + e.getMessage(), e);
    }
  }
}
