// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

/** Which entry of which map a request is about. */
record MapAddress(String map, String key) {}
