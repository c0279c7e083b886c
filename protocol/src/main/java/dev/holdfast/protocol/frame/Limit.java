// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Limit of a frame's field: UTF-8 bytes of a text, entries of a list. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Limit {
  int value();
}
