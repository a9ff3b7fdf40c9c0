namespace puente {}
