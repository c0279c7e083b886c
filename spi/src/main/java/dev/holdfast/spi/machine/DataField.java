// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.util.Optional;

/**
 * A named place for a value: of an object's data, or of a call's arguments.
 *
 * @param optional whether it may be absent
 * @param initial the value of a new object, or of an argument that was left out
 */
public record DataField(String name, DataType type, boolean optional, Optional<Object> initial) {
  public DataField {
    initial = initial.map(type::read);
  }

  public static DataField required(String name, DataType type) {
    return new DataField(name, type, false, Optional.empty());
  }

  public static DataField optional(String name, DataType type) {
    return new DataField(name, type, true, Optional.empty());
  }

  public static DataField starting(String name, DataType type, Object initial) {
    return new DataField(name, type, false, Optional.of(initial));
  }

  /** As a document writes it, without the name: {@code int(0..) = 0}. */
  public String text() {
    return type.text() + (optional ? "?" : "") + initial.map(value -> " = " + value).orElse("");
  }
}
