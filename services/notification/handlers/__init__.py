"""The handlers of notification: orders, promises and releases come in; due notices go out."""
