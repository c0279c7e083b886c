// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import java.util.function.ToDoubleFunction;

/** Where a feature registers its figures. */
public interface Gauges {
  /**
   * A figure that is read whenever it is asked for, on any thread. The source is kept from the
   * collector.
   *
   * @param name dotted, e.g. {@code lock.used}
   */
  <T> void gauge(String name, T source, ToDoubleFunction<T> value);
}
