// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Values of a map to bytes and back. Called on the caller's thread, and on the events thread for
 * watches; must be thread-safe. What it throws comes to the caller, when it reads in a {@link
 * CodecException} that names the key.
 */
public interface Codec<V> {
  /** The bytes as they are. The caller writes to no array that it has handed over or got. */
  Codec<byte[]> BYTES = of(bytes -> bytes, bytes -> bytes);

  /** Text as UTF-8. */
  Codec<String> TEXT =
      of(
          text -> text.getBytes(StandardCharsets.UTF_8),
          bytes -> new String(bytes, StandardCharsets.UTF_8));

  byte[] encode(V value);

  V decode(byte[] bytes);

  /** From two functions, such as those of a JSON mapper. */
  static <V> Codec<V> of(Function<V, byte[]> encode, Function<byte[], V> decode) {
    return new Codec<>() {
      @Override
      public byte[] encode(V value) {
        return encode.apply(value);
      }

      @Override
      public V decode(byte[] bytes) {
        return decode.apply(bytes);
      }
    };
  }
}
