/**
 * What more than one backend needs below its {@link dev.holdfast.spi.coordinator.Coordinator}. A
 * backend may use it or not; nothing above a coordinator does.
 */
@NullMarked
package dev.holdfast.spi.coordinator.support;

import org.jspecify.annotations.NullMarked;
