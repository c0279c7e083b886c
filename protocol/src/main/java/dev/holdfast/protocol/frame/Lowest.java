// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Lowest value of a frame's number, where that is not 0. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Lowest {
  long value();
}
