mod kills;
mod random;
mod refreshing;
mod removing;
mod rig;
mod saving;
mod storm;
mod table;
