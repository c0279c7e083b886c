// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.protocol.frame;

/** Either direction. */
public sealed interface Frame permits ClientFrame, ServerFrame {}
