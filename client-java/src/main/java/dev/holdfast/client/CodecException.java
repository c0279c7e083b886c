// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * A {@link Codec} could not read the value of a key. The others can be read by their keys, and this
 * one as it is, by {@code map.as(Codec.BYTES)}.
 */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String map;
  private final String key;

  CodecException(String map, String key, RuntimeException cause) {
    super("the value of key '" + key + "' in map '" + map + "' cannot be read: " + cause, cause);
    this.map = map;
    this.key = key;
  }

  public String map() {
    return map;
  }

  public String key() {
    return key;
  }
}
