// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.peer;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Output;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads one component of a record. Null is one byte, 0; everything else begins above.
 */
interface FieldCodec {
  void write(Kryo kryo, Output out, @Nullable Object value);

  @Nullable Object read(Kryo kryo, FrameInput in);
}
