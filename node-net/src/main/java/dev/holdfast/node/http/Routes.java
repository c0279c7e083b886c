// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.http;

/** A group of routes of one feature. */
public interface Routes {
  void register(Router router);
}
