"""A bed without bytes: engine, guard, channel, pump, patient and people in whole milliseconds; no asyncio."""
